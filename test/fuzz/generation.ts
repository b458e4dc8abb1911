// How a model generates, in generation_config.json.

import { readGenerationConfig } from "../../src/adaptation/generation/config.ts";
import type { FuzzFormat } from "./formats.ts";
import { mutateJson } from "./json.ts";

const CONFIG = {
  bos_token_id: 1,
  eos_token_id: [2, 3],
  decoder_start_token_id: 0,
  forced_eos_token_id: 2,
  max_length: 20,
  num_beams: 4,
  early_stopping: "never",
  length_penalty: 0.8,
  do_sample: false,
  temperature: 0.6,
  top_k: 50,
  repetition_penalty: 1.1,
  stop_strings: ["###"],
  typical_p: 0.5,
};
const FILE = "generation_config.json";

export const GENERATION: FuzzFormat = {
  seeds: async () => [{ [FILE]: Buffer.from(JSON.stringify(CONFIG)) }],
  mutate: (draw, files) => ({ [FILE]: mutateJson(draw, files[FILE]!, Object.keys(CONFIG)) }),
  read: async (folder) => {
    await readGenerationConfig(folder, 1000);
  },
};
