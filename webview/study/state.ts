// The state of the page of a study: what the editor has sent.

import type { StudyLive, StudyOverview, ToStudy } from "../../src/messages/study.ts";
import { Store } from "../ui/store.ts";

interface Told {
  /** undefined until the editor has sent it. */
  readonly overview: StudyOverview | undefined;
  /** null if this window does not run the study. */
  readonly live: StudyLive | null;
  readonly atOnce: number;
  readonly failed: string;
}

export const told = new Store<Told>({ overview: undefined, live: null, atOnce: 1, failed: "" });

export function hear(message: ToStudy): void {
  if (message.type === "study") {
    const { overview, live, atOnce } = message;
    told.change({ overview, live, atOnce, failed: "" });
  } else if (message.type === "live") told.change({ live: message.live });
  else told.change({ failed: message.message });
}
