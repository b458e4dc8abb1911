// Choosers for the grids of heads: the matrix kind, and whether to show this mask alone or all seeds of its task.

import type { MaskDescription } from "../../src/mask/describe.ts";
import type { Apart } from "../../src/mask/seeds.ts";
import type { SeedView } from "../../src/messages.ts";
import { headViews } from "../ui/head-kinds.ts";
import * as l10n from "../ui/l10n.ts";
import { Hint } from "../ui/parts.tsx";
import { useStore } from "../ui/store.ts";
import { named } from "../ui/text.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { type HeadKind, saved, told } from "./state.ts";

export function HeadKindChooser({ mask }: { readonly mask: MaskDescription }) {
  const heads = useStore(saved, (state) => state.heads);
  return (
    <Dropdown
      label={l10n.t("Matrices of a head")}
      options={headViews(mask.base, (view) => mask.heads.some(({ kind }) => kind === view))}
      chosen={heads}
      onChange={(kind) => saved.change({ heads: kind as HeadKind })}
    />
  );
}

const NONE: readonly SeedView[] = [];

/** Other seeds of the task, whose heads are combined with this mask's; none if this mask is shown alone. */
export function useCombined(): readonly SeedView[] {
  const combined = useStore(saved, (state) => state.combined);
  const seeds = useStore(told, (state) => state.seeds);
  return combined ? seeds : NONE;
}

/** Chooses between this mask alone and all seeds found for its task; renders nothing if no other seed was found. */
export function SeedChooser({ maskSeed }: { readonly maskSeed: number | undefined }) {
  const combined = useStore(saved, (state) => state.combined);
  const seeds = useStore(told, (state) => state.seeds);
  if (!seeds.length || maskSeed === undefined) return null;
  const numbers = [maskSeed, ...seeds.map((seed) => seed.maskSeed)];
  return (
    <Dropdown
      label={l10n.t("Seeds")}
      options={[
        ["own", l10n.t("This mask, seed {0}", maskSeed)],
        ["combined", l10n.t("{0} seeds combined: {1}", numbers.length, numbers.join(", "))],
      ]}
      chosen={combined ? "combined" : "own"}
      onChange={(value) => saved.change({ combined: value === "combined" })}
    />
  );
}

/** The maximum number of masks named per reason. */
const NAMED = 5;

/** Which of the task's masks are not combined with this one, and why. */
export function NotCombined() {
  const apart = useStore(told, (state) => state.apart);
  if (!apart.length) return null;
  const byReason = new Map<string, string[]>();
  for (const { name, because } of apart) {
    const reason = reasonOf(because);
    byReason.set(reason, [...(byReason.get(reason) ?? []), named(name)]);
  }
  const parts = [...byReason].map(([reason, names]) => {
    const more = names.length - NAMED;
    const listed = names.slice(0, NAMED).join(", ");
    return more > 0 ? l10n.t("{0} and {1} more ({2})", listed, more, reason) : l10n.t("{0} ({1})", listed, reason);
  });
  return <Hint>{l10n.t("Not combined with this mask: {0}.", parts.join("; "))}</Hint>;
}

/** The reason in words, to be shown after the names of the masks. */
function reasonOf(because: Apart): string {
  switch (because.why) {
    case "base":
      return l10n.t("a different base model");
    case "data":
      return l10n.t("different data");
    case "initial":
      return l10n.t("a different distribution of the initial scores");
    case "matrices":
      return l10n.t("different matrices");
    case "unknown":
      return l10n.t("unknown initial mask");
    case "maskSeed":
      return l10n.t("same mask seed, {0}", because.maskSeed);
    case "options":
      return l10n.t("different options: {0}", because.options.map((option) => named(option)).join(", "));
    case "unreadable":
      return l10n.t("cannot be read: {0}", because.fault);
  }
}
