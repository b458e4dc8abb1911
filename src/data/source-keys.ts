// The keys of a task file by which the sources of a generation task are made: of graphs, and of damaged texts.

import * as z from "zod/mini";
import { onDemand } from "../on-demand.ts";
import { explained, fraction, integer, oneOf, seed, worded } from "../schema.ts";
import { ORDERS, STRUCTURES, USUAL_LAYOUT } from "./graphs/layout.ts";
import { OBJECTIVES } from "./noise.ts";

export const SOURCE_KEYS = onDemand(() => ({
  graph: explained(
    z.optional(
      worded(
        z.strictObject({
          order: explained(
            z._default(oneOf(ORDERS), USUAL_LAYOUT.order),
            "shuffled: the triples, the branches of each node or, without structure, the labels are in a random order",
          ),
          structure: explained(
            z._default(oneOf(STRUCTURES), USUAL_LAYOUT.structure),
            "labels: the labels of entities and relations without the markers or parentheses that connect them",
          ),
          seed: explained(z._default(seed, USUAL_LAYOUT.seed), "seed of the random orders"),
        }),
        'an object such as {"order": "shuffled"}',
      ),
    ),
    "in generation tasks from graphs, how a graph is written as the text that the model reads",
  ),
  denoise: explained(
    z.optional(
      worded(
        z.strictObject({
          objective: explained(
            z._default(oneOf(OBJECTIVES), "infilling"),
            "infilling: the whole text is restored, as in BART; spans: only what is missing, as in T5",
          ),
          share: explained(z._default(fraction(0.3), 0.3), "fraction of the words that are removed"),
          length: explained(z._default(integer(1, 100), 3), "mean number of words in a span"),
          seed: explained(z._default(seed, 1), "seed of the spans"),
        }),
        'an object such as {"share": 0.3}',
      ),
    ),
    "in generation tasks, texts are restored from damaged copies: for pretraining on the texts of another task",
  ),
}));
