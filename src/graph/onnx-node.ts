// Writes a node of an ONNX graph. Field numbers are those of onnx.proto.

import { type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Attributes } from "./operators.ts";

/** A value of one of AttributeProto's fields. */
export type Attribute =
  | { float: number }
  | { text: string }
  | { int: number }
  | { ints: readonly number[] }
  | { graph: Emit };

export type Emit = (writer: BinaryWriter) => void;

export const message = (writer: BinaryWriter, field: number, emit: Emit) => {
  writer.tag(field, WireType.LengthDelimited).fork();
  emit(writer);
  writer.join();
};
export const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);
export const integer = (writer: BinaryWriter, field: number, value: number | bigint) =>
  writer.tag(field, WireType.Varint).int64(value);

/** Returns the name of an int64 vector; each distinct vector is stored once, as an initializer of the written graph. */
export type Ints = (values: readonly number[]) => string;

/** AttributeProto.AttributeType for each field. */
const attributeTypes = [
  ["float", 1],
  ["int", 2],
  ["text", 3],
  ["graph", 5],
  ["ints", 7],
] as const;

function writeAttribute(writer: BinaryWriter, name: string, attribute: Attribute): void {
  message(writer, 5, (w) => {
    text(w, 1, name);
    if ("float" in attribute) w.tag(2, WireType.Bit32).float(attribute.float);
    else if ("int" in attribute) integer(w, 3, attribute.int);
    else if ("text" in attribute) text(w, 4, attribute.text);
    else if ("ints" in attribute) for (const value of attribute.ints) integer(w, 8, value);
    else message(w, 6, attribute.graph);
    integer(w, 20, attributeTypes.find(([field]) => field in attribute)![1]);
  });
}

export function writeNode(
  writer: BinaryWriter,
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, Attribute | undefined> = {},
  domain?: string,
): void {
  message(writer, 1, (w) => {
    for (const input of inputs) text(w, 1, input);
    for (const output of outputs) text(w, 2, output);
    text(w, 3, outputs[0]!);
    text(w, 4, op);
    for (const [name, attribute] of Object.entries(attributes)) if (attribute) writeAttribute(w, name, attribute);
    if (domain) text(w, 7, domain);
  });
}

const flag = (value: boolean | undefined): Attribute | undefined => (value ? { int: 1 } : undefined);
const factor = (value: number | undefined): Attribute | undefined =>
  value === undefined ? undefined : { float: value };

/** The attributes of a Gemm or a FusedMatMul; those that are undefined are not written. */
export function productAttributes(
  given: Attributes<never>["Gemm"] & Attributes<never>["FusedMatMul"],
): Record<string, Attribute | undefined> {
  const { transA, transB, transBatchA, transBatchB, alpha, beta } = given;
  return {
    ...{ transA: flag(transA), transB: flag(transB), transBatchA: flag(transBatchA), transBatchB: flag(transBatchB) },
    ...{ alpha: factor(alpha), beta: factor(beta) },
  };
}
