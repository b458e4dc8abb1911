/**
 * Writes x − ln Σ exp(x) to `to`, where x are the logits divided by the temperature; finite for all finite logits.
 */
export function logSoftmax(logits: Float32Array, to: Float32Array | Float64Array, temperature = 1): void {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) highest = Math.max(highest, logit / temperature);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit / temperature - highest);
  const log = Math.log(sum);
  for (let i = 0; i < logits.length; i++) to[i] = logits[i]! / temperature - highest - log;
}
