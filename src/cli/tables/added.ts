// What an adaptation adds to its base model, in words: its adapters and the attributes that they read.

import type { AdapterFacts, Added } from "../../mask/beside/added.ts";
import type { MaskMetadata } from "../../mask/metadata.ts";
import { readConfig } from "../../model/config.ts";
import { modelFolder } from "../../model/folder.ts";
import { modelTensors } from "../../model/tensors.ts";
import { grouped } from "../../numbers.ts";
import { sizeOf } from "../../tensor.ts";
import { named } from "../terminal.ts";
import { percent } from "./table.ts";

/** A sentence about the adapters and one about the attributes; empty if there are none. `parameters`: those of the base model. */
export function addedText({ adapters, attributes }: Added, parameters: number | undefined): string {
  const lines = [
    ...(adapters ? [adaptersText(adapters, parameters)] : []),
    ...(attributes.length ? [`Attributes: ${attributes.map(attributeText).join("; ")}.`] : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function adaptersText({ size, parameters, injection }: AdapterFacts, all: number | undefined): string {
  const share = all ? `, ${percent(parameters / all, 2)} % as many as the base model's ${grouped(all)}` : "";
  return `Adapters of size ${size}: ${grouped(parameters)} parameters${share}${injection ? `; ${injectionText(injection)}` : ""}.`;
}

function injectionText({ attributes, weights, rank, parameters }: NonNullable<AdapterFacts["injection"]>): string {
  const how = attributes === "joint" ? "jointly with the text" : "independently of the text";
  const stored = { full: "in full", "low-rank": `of rank ${rank}`, phm: `as sums of ${rank} Kronecker products` }[
    weights
  ];
  return `attributes act ${how}, with ${grouped(parameters)} of these parameters, stored ${stored}`;
}

function attributeText({ name, count, first }: Added["attributes"][number]): string {
  const more = count > first.length ? ", …" : "";
  return `${named(name)} (${grouped(count)} ${count === 1 ? "value" : "values"}: ${first.map(named).join(", ")}${more})`;
}

/** The number of the base model's parameters, from its config; undefined if the model is not at hand or is another one by now. */
export async function baseParameters(
  { base }: Pick<MaskMetadata, "base">,
  model: string | undefined,
): Promise<number | undefined> {
  const place = model ?? base.path;
  const config =
    place === undefined
      ? undefined
      : await modelFolder(place)
          .then(readConfig)
          .catch(() => undefined);
  const keys = ["modelType", "layers", "hiddenSize", "heads", "feedForward"] as const;
  if (!config || keys.some((key) => config[key] !== base[key])) return undefined;
  return modelTensors(config).reduce((total, { shape }) => total + sizeOf(shape), 0);
}
