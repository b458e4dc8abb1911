// The compute process's request handlers.

import { deviceOf } from "../adaptation/base.ts";
import { evaluate } from "../adaptation/evaluate.ts";
import { exportModel } from "../adaptation/export.ts";
import { Loaded } from "../adaptation/loaded.ts";
import { predict } from "../adaptation/predict.ts";
import { add } from "../graph/functions.ts";
import { Graph } from "../graph/graph.ts";
import type { Device } from "../runtime/device.ts";
import { Session } from "../runtime/session.ts";
import { float32 } from "../tensor.ts";
import type { TrainEvent, TrainResult } from "../train/events.ts";
import { resume, train } from "../train/run.ts";
import type { Answers, Context } from "./channel.ts";
import { Stopped } from "./errors.ts";
import type { Requests } from "./protocol.ts";

/** The adaptations loaded by `load`, for `ask`; kept until this process ends. */
const loaded = new Loaded();

export const answers: Answers<Requests> = {
  train: ({ options }, context) => report(train(options, context.signal), context),
  resume: ({ folder }, context) => report(resume(folder, context.signal), context),
  async evaluate(params, { emit, signal, models }) {
    const evaluations = await evaluate({ ...params, models, signal }, emit);
    if (signal.aborted) throw new Stopped();
    return evaluations;
  },
  async predict(params, { emit, signal, models }) {
    for await (const prediction of predict({ ...params, models, signal })) emit(prediction);
    if (signal.aborted) throw new Stopped();
    return null;
  },
  load: ({ adaptations, device, model }, { models }) => loaded.load(adaptations, { model, models }, deviceOf(device)),
  async ask({ texts }, { emit, signal }) {
    for await (const prediction of loaded.predict(texts, signal)) emit(prediction);
    if (signal.aborted) throw new Stopped();
    return null;
  },
  export: (params, { signal, models }) => exportModel({ ...params, models, signal }),
  async probe({ device }) {
    await probe(deviceOf(device));
    return null;
  },
};

/** Forwards a run's events and answers with its result. */
async function report(
  events: AsyncGenerator<TrainEvent, void, void>,
  { emit }: Context<TrainEvent>,
): Promise<TrainResult> {
  let result: TrainResult | undefined;
  for await (const event of events) {
    emit(event);
    if (event.type === "done") result = event.result;
  }
  if (!result) throw new Stopped();
  return result;
}

/** Adds two numbers on a device. Throws with the runtime's reason if that fails. */
async function probe(device: Device): Promise<void> {
  const graph = new Graph("probe");
  const x = graph.input("x", { dtype: "float32", shape: [1] });
  graph.output("sum", add(x, x));
  const session = await Session.create(graph, device);
  try {
    const { sum } = await session.run({ x: float32([1], Float32Array.of(2)) });
    if (sum!.data[0] !== 4) throw new Error(`${device} computes 2 + 2 = ${sum!.data[0]}`);
  } finally {
    await session.release();
  }
}
