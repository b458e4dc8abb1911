// What a user needs of the runtime's error messages.

/**
 * The runtime's message on one line, without details that only ONNX Runtime's developers need: source files, function
 * signatures, failed conditions, error codes, and the name of the machine.
 */
export function reasonOf(message: string): string {
  return message
    .replace(/\s+/g, " ")
    .replace(/^.* was false\. /, "")
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, "")
    .replace(/^.*(?=CUDA failure \d+: )/, "")
    .replace(/ ; GPU=.*$/, "")
    .replace(/^Ort\w+: /, "")
    .replace(/\/onnxruntime_src\/\S+/g, "")
    .trim();
}
