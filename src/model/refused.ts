// Models that cannot be masked, and why.

import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { quoted } from "../visible.ts";

/** Keys of config.json that are larger than 1 only in mixtures of experts. */
const EXPERTS = ["num_local_experts", "num_experts", "n_routed_experts", "moe_intermediate_size"];
/** Keys that only models with state-space layers have, in some or all places of attention. */
const STATES = ["state_size", "mamba_d_state", "ssm_cfg", "ssm_state_size"];

/** Throws an InputError, with the reason, for mixtures of experts, state-space models and quantized weights. */
export function refuseKinds(json: JsonObject, file: string): void {
  const type = quoted(json.model_type);
  const states = STATES.find((key) => typeof json[key] === "number" || isJsonObject(json[key]));
  if (states)
    throw new InputError(
      `the model type ${type} has state-space layers, which have no attention heads or feed-forward network to mask`,
      { file, at: states },
      "use a transformer, such as one of type gpt2, llama or qwen3",
    );
  const experts = EXPERTS.find((key) => Number(json[key]) > 1);
  if (experts)
    throw new InputError(
      `the model type ${type} is a mixture of experts, in which each token uses only a few of a layer's matrices`,
      { file, at: experts },
      "use a dense model, such as one of type llama, mistral or qwen3",
    );
  const { quantization_config: quantization } = json;
  if (quantization === undefined || quantization === null) return;
  const method = isJsonObject(quantization) ? quantization.quant_method : undefined;
  throw new InputError(
    `the weights are quantized${typeof method === "string" ? ` (${quoted(method)})` : ""}, and masks apply to floating-point weights`,
    { file, at: "quantization_config" },
    "use the model that was quantized, with weights in float32, float16 or bfloat16",
  );
}
