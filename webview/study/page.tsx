// The page of a study: its state, the mean over seeds of each group, and the queue of its cells.

import type { ToStudy } from "../../src/messages/study.ts";
import { Glossary } from "../ui/glossary.tsx";
import * as l10n from "../ui/l10n.ts";
import { Failure, Hint } from "../ui/parts.tsx";
import { showPage } from "../ui/show-page.tsx";
import { useStore } from "../ui/store.ts";
import { CopyHint } from "../ui/table.tsx";
import { named } from "../ui/text.ts";
import { learn } from "../ui/words.ts";
import { Cells } from "./cells.tsx";
import { Commands } from "./commands.tsx";
import { Groups } from "./groups.tsx";
import { Progress } from "./progress.tsx";
import { hear, told } from "./state.ts";

learn(
  [l10n.t("cell"), l10n.t("one run of the study: one combination of base model, task, method, options and seed")],
  [l10n.t("group"), l10n.t("the cells that differ only in their seeds")],
  [
    "±",
    l10n.t(
      "one sample standard deviation (divided by n − 1) over the finished seeds of a group: how much runs vary. It is not a confidence interval.",
    ),
  ],
  ...[l10n.t("validation, %"), l10n.t("validation")].map(
    (title) => [title, l10n.t("the metric on the validation examples, at the best step")] as const,
  ),
  ...[l10n.t("test, %"), l10n.t("test")].map(
    (title) => [title, l10n.t("the metric on the test examples, at the best step")] as const,
  ),
  [l10n.t("sparsity, %"), l10n.t("share of the masked weights that are off at the best step")],
  [
    l10n.t("trained, %"),
    l10n.t("parameters that the run trains, in percent of the model's; a mask trains one score for each masked weight"),
  ],
);

showPage<ToStudy>(<StudyPage />, hear);

function StudyPage() {
  const { overview, live, atOnce, failed } = useStore(told, (state) => state);
  if (!overview) return failed ? <Failure message={failed} /> : <Hint>{l10n.t("Reading the study…")}</Hint>;
  const { name, description, refused } = overview;
  return (
    <>
      <h1>{named(name)}</h1>
      <Glossary />
      {failed && <Failure message={failed} />}
      {description && <p class="sentence">{description}</p>}
      <Progress overview={overview} live={live} />
      <Commands overview={overview} live={live} atOnce={atOnce} />
      <div>
        {refused.map((message) => (
          <Failure key={message} message={message} />
        ))}
      </div>
      <Groups groups={overview.groups} />
      <Cells overview={overview} live={live} />
      <CopyHint />
    </>
  );
}
