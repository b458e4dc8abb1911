// What the heads' grids show: which matrices of a head, and one seed of the task or all.

import type { SeedView } from "../../src/messages.ts";
import { KINDS } from "../ui/head-kinds.ts";
import * as l10n from "../ui/l10n.ts";
import { useStore } from "../ui/store.ts";
import { Dropdown } from "../ui/toolkit.tsx";
import { type HeadKind, saved, told } from "./state.ts";

export function HeadKindChooser() {
  const heads = useStore(saved, (state) => state.heads);
  return (
    <Dropdown
      label={l10n.t("Matrices of a head")}
      options={KINDS}
      chosen={heads}
      onChange={(kind) => saved.change({ heads: kind as HeadKind })}
    />
  );
}

const NONE: readonly SeedView[] = [];

/** The other seeds that the heads are combined with; none if this mask is shown alone. */
export function useCombined(): readonly SeedView[] {
  const combined = useStore(saved, (state) => state.combined);
  const seeds = useStore(told, (state) => state.seeds);
  return combined ? seeds : NONE;
}

/** This mask alone, or all seeds found for its task; nothing if there is only one. */
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
