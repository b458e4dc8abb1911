// The compute process's request handlers.

import { attentionOf } from "../adaptation/attention/task-texts.ts";
import { deviceOf } from "../adaptation/base.ts";
import { effect } from "../adaptation/effect/effect.ts";
import { evaluate } from "../adaptation/evaluate.ts";
import { exportModel } from "../adaptation/export/export.ts";
import { importMask } from "../adaptation/imports/import.ts";
import { landscape } from "../adaptation/landscape/landscape.ts";
import { plane } from "../adaptation/landscape/plane.ts";
import { Loaded } from "../adaptation/loaded.ts";
import { represent } from "../adaptation/representation/representation.ts";
import { rehearse } from "../train/estimate/rehearsal.ts";
import type { TrainEvent, TrainResult } from "../train/events.ts";
import { resume, train } from "../train/run.ts";
import { trial } from "../train/trial.ts";
import type { Answers, Context } from "./channel.ts";
import { Stopped } from "./errors.ts";
import type { Requests } from "./protocol.ts";

/** The adaptations loaded by `load`, for `ask`; kept until this process ends. */
const loaded = new Loaded();

export const answers: Answers<Requests> = {
  train: ({ options }, context) => report(train(options, context.signal), context),
  resume: ({ folder }, context) => report(resume(folder, context.signal), context),
  rehearse: ({ options }, { signal }) => rehearse(options, signal),
  async evaluate(params, { emit, signal, models }) {
    const evaluations = await evaluate({ ...params, models, signal }, emit);
    if (signal.aborted) throw new Stopped();
    return evaluations;
  },
  load: ({ adaptations, device, model }, { models }) => loaded.load(adaptations, { model, models }, deviceOf(device)),
  async ask({ texts, only, isFrames }, { emit, signal }) {
    for await (const prediction of loaded.predict(texts, signal, only, isFrames)) emit(prediction);
    if (signal.aborted) throw new Stopped();
    return null;
  },
  async generate(params, { emit, signal }) {
    await loaded.generate(params, { signal, tell: emit });
    if (signal.aborted) throw new Stopped();
    return null;
  },
  explain: ({ adaptation, ...params }, { emit, signal }) =>
    loaded.explain(adaptation, { ...params, signal, told: emit }),
  effect: (params, { emit, signal, models }) => effect({ ...params, models, signal }, emit),
  async attention(params, { signal, models }) {
    const found = await attentionOf({ ...params, models, signal });
    if (!found) throw new Stopped();
    return found;
  },
  landscape: (params, { emit, signal, models }) => landscape({ ...params, models, signal }, emit),
  plane: (params, { emit, signal, models }) => plane({ ...params, models, signal }, emit),
  represent: (params, { emit, signal, models }) => represent({ ...params, models, signal }, emit),
  export: (params, { signal, models }) => exportModel({ ...params, models, signal }),
  import: (params, { signal }) => importMask({ ...params, signal }),
  probe: ({ device }) => trial(deviceOf(device)),
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
