// The tensors of a weight file as a family's code names them: a stored tensor may contain several of them, or one that is
// transposed. A view is a tensor's place in the file with strides, so nothing is copied until it is read.

import { byteSize } from "../../safetensors.ts";
import type { Family, StoredView } from "../families/family.ts";
import type { StoredTensor } from "./stored-tensor.ts";

/** The tensors in the stored tensor `name` (canonical), by name; only the tensor itself if the family has no view of it. */
export function viewsIn<T extends StoredTensor>(family: Family | undefined, name: string, tensor: T): [string, T][] {
  const [, module = "", kind] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  const view = kind ? family?.views?.find((one) => one.module.test(module)) : undefined;
  if (!view) return [[name, tensor]];
  const { parts = [""], transposed } = view;
  const axis = kind === "weight" && transposed ? 1 : 0;
  const extent = tensor.shape[axis];
  if (extent === undefined || extent % parts.length) return [[name, tensor]]; // refused where its shape is checked
  return parts.map((part, i): [string, T] => {
    const own = part ? `${module}.${part}.${kind}` : name;
    return [own, partOf(tensor, axis, i, extent / parts.length)];
  });
}

/** Part `i` of a tensor along an axis; of a matrix whose outputs are columns, the transpose. */
function partOf<T extends StoredTensor>(tensor: T, axis: number, i: number, extent: number): T {
  const { shape, begin } = tensor;
  const strides = tensor.strides ?? shape.map((_, at) => shape.slice(at + 1).reduce((product, n) => product * n, 1));
  const sizes = shape.map((n, at) => (at === axis ? extent : n));
  const order = axis === 1 ? [1, 0] : shape.map((_, at) => at);
  const width = byteSize(tensor.type, []);
  const from = begin + i * extent * strides[axis]! * width;
  const last = sizes.reduce((sum, n, at) => sum + (n - 1) * strides[at]!, 0);
  const isPlain = axis === 0 && !tensor.strides;
  return {
    ...tensor,
    shape: order.map((at) => sizes[at]!),
    begin: from,
    end: from + (last + 1) * width,
    ...(!isPlain && { strides: order.map((at) => strides[at]!) }),
  };
}

/** The module of a weight file that contains this module, and the part that it is; undefined if the file stores it as it is. */
export function storedIn(
  { views = [] }: Family,
  module: string,
): { readonly module: string; readonly view: StoredView; readonly part: number } | undefined {
  for (const view of views) {
    if (!view.parts) {
      if (view.module.test(module)) return { module, view, part: 0 };
      continue;
    }
    const dot = module.lastIndexOf(".");
    const part = view.parts.indexOf(module.slice(dot + 1));
    if (part >= 0 && view.module.test(module.slice(0, dot))) return { module: module.slice(0, dot), view, part };
  }
  return undefined;
}
