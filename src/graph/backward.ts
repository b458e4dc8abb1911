// Backpropagation: computes the gradients of a scalar loss with respect to targets, using only the nodes between
// the targets and the loss.
import { add, reduceSum, reshape } from "./functions.ts";
import { gradients, type Rule } from "./gradients.ts";
import type { Graph, Value } from "./graph.ts";
import { type Op, showType } from "./operators.ts";

/** `grad` summed over the axes along which a value of shape `shape` was broadcast. */
function unbroadcast(grad: Value, shape: readonly number[]): Value {
  const rank = grad.type.shape.length;
  const offset = rank - shape.length;
  const axes = grad.type.shape.flatMap((extent, i) =>
    i < offset || (shape[i - offset] === 1 && extent !== 1) ? [i] : [],
  );
  return axes.length ? reshape(reduceSum(grad, axes), shape) : grad;
}

/**
 * d loss / d target for each target, in the target's shape. `loss` is a float32 scalar of `graph`. Throws an error that
 * names the target if there is no differentiable path from the target to the loss.
 */
export function backward(graph: Graph, loss: Value, targets: readonly Value[]): Value[] {
  // 1. Find the values that depend on a target: only these values need gradients.
  const onTheWay = new Set<Value>(targets);
  const forward = [...graph.nodes];
  for (const { inputs, outputs } of forward)
    if (inputs.some((input) => onTheWay.has(input))) for (const output of outputs) onTheWay.add(output);

  // 2. Apply each node's gradient rule once, from the last node to the first; sum the gradients of values that are used
  // more than once.
  const grads = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const node of forward.reverse()) {
    const received = node.outputs.map((output) => grads.get(output));
    const wants = node.inputs.map((input) => onTheWay.has(input));
    if (!received.some(Boolean) || !wants.some(Boolean)) continue;
    const rule = gradients[node.op] as Rule<Op> | { none: string };
    if (typeof rule !== "function") throw new Error(`${node.op} has no gradient: ${rule.none}`);
    const returned = rule({
      node,
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes,
      grad: received[0]!,
      grads: received,
      wants,
    });
    node.inputs.forEach((input, i) => {
      const raw = returned[i];
      if (!raw || !wants[i]) return;
      const grad = unbroadcast(raw, input.type.shape);
      if (showType(grad.type) !== showType(input.type))
        throw new Error(
          `${node.op}'s gradient for input ${i} is ${showType(grad.type)}, but the input is ${showType(input.type)}`,
        );
      const sum = grads.get(input);
      grads.set(input, sum ? add(sum, grad) : grad);
    });
  }

  return targets.map((target) => {
    const grad = grads.get(target);
    if (!grad) throw new Error(`the loss does not depend on ${target.name}`);
    return grad;
  });
}
