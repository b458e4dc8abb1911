// What an adaptation adds to its base model: adapters, and the attributes of texts that they read.

import { type Adapters, type Injection, injectionOf } from "../../anatomy/additions.ts";
import type { MaskMetadata } from "../metadata.ts";
import { sum } from "../statistics.ts";

export interface AdapterFacts {
  /** The width of the bottleneck. */
  readonly size: number;
  /** The number of their parameters, those of attributes included. */
  readonly parameters: number;
  /** How attributes enter them, and the number of parameters of attributes; null if they read none. */
  readonly injection: (Omit<Injection, "dropAttributes"> & { readonly parameters: number }) | null;
}

/** An attribute of texts. */
export interface AttributeFacts {
  readonly name: string;
  /** The number of values that training has seen, and the most frequent of them. */
  readonly count: number;
  readonly first: readonly string[];
}

/** Of an adaptation's file. */
export interface Added {
  /** null if there are none. */
  readonly adapters: AdapterFacts | null;
  readonly attributes: readonly AttributeFacts[];
}

/** How many values of an attribute are named. */
const NAMED = 5;

interface Given {
  readonly metadata: Pick<MaskMetadata, "task" | "run">;
  readonly tensors: readonly { readonly name: string; readonly data: { readonly length: number } }[];
}

export function addedIn({ metadata: { task, run }, tensors }: Given): Added {
  const attributes = task.attributes ?? [];
  const size = ({ data }: Given["tensors"][number]) => data.length;
  const own = tensors.filter(({ name }) => name.startsWith("adapter."));
  const ofAttributes = own.filter(({ name }) => name.includes(".attributes."));
  const injected = (adapters: Adapters) => {
    const { dropAttributes: _, ...injection } = injectionOf(adapters);
    return { ...injection, parameters: sum(ofAttributes, size) };
  };
  return {
    adapters: run.adapters
      ? {
          ...{ size: run.adapters.size, parameters: sum(own, size) },
          injection: attributes.length ? injected(run.adapters) : null,
        }
      : null,
    attributes: attributeFacts(attributes),
  };
}

export const attributeFacts = (
  attributes: readonly { readonly name: string; readonly values: readonly string[] }[],
): AttributeFacts[] =>
  attributes.map(({ name, values }) => ({ name, count: values.length, first: values.slice(0, NAMED) }));
