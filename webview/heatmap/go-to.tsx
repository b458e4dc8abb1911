// An input field for going to a weight, row, column or head of a matrix.

import { useRef, useState } from "preact/hooks";
import type { MaskDescription, MatrixDescription } from "../../src/mask/describe.ts";
import * as l10n from "../ui/l10n.ts";
import { destinationOf, exampleHead } from "./destination.ts";
import { openMatrix, saved, told } from "./state.ts";

interface GoToProps {
  readonly mask: MaskDescription;
  readonly matrix: MatrixDescription;
}

export function GoTo({ mask, matrix }: GoToProps) {
  const [wrong, setWrong] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const go = (event: Event) => {
    event.preventDefault();
    const to = destinationOf(field.current!.value, matrix, mask.matrices, mask.base);
    if (typeof to === "string") return setWrong(to);
    setWrong("");
    field.current!.value = "";
    const { matrix: there, head = saved.state.head, ...at } = to;
    if (there.name !== matrix.name) return openMatrix(there.name, { head, ...at });
    saved.change({ head });
    if (to.head === undefined) told.change({ goTo: { name: there.name, ...at } });
  };
  return (
    <form class="go-to" onSubmit={go}>
      <input
        ref={field}
        class="entry"
        aria-label={l10n.t("Go to a row, column or head")}
        aria-invalid={wrong !== ""}
        aria-describedby="go-to-wrong"
        placeholder={l10n.t("Go to: 12, 40 or {0}", exampleHead(mask.base))}
        maxLength={80}
        spellcheck={false}
        onInput={() => setWrong("")}
      />
      <span id="go-to-wrong" class="wrong" role="alert">
        {wrong}
      </span>
    </form>
  );
}
