// PyTorch's masked training step, in its own process. MASKLENS_PEER names the script (it takes a shape and a number of
// steps and prints one JSON line), MASKLENS_PYTHON a Python with torch.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

export const PEER = process.env.MASKLENS_PEER ?? "../shared/peer/torch_step.py";
export const peerIsThere = existsSync(PEER);

/** A precision, a device and a mode that the script supports; all have defaults. */
export interface PeerOptions {
  readonly precision?: "float32" | "bfloat16";
  readonly device?: "cpu" | "cuda";
  readonly mode?: "eager" | "compile";
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The median time of a step and the process's peak memory, for (layers, hidden size, heads, intermediate size, batch,
 * length).
 */
export async function peerStep(
  shape: readonly number[],
  steps: number,
  { precision = "float32", device = "cpu", mode = "eager", env = {} }: PeerOptions = {},
): Promise<{ milliseconds: number; megabytes: number }> {
  const python = process.env.MASKLENS_PYTHON ?? "python3";
  const { stdout } = await promisify(execFile)(
    python,
    [PEER, ...[...shape, steps].map(String), precision, device, mode],
    {
      env: { ...process.env, ...env },
    },
  );
  const { median_ms, peak_mb } = JSON.parse(stdout);
  return { milliseconds: median_ms, megabytes: peak_mb };
}
