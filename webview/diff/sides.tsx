// One matrix in two masks: side by side, on top of each other with a swipe line, or alternating.

import type { ComponentChildren, CSSProperties } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { Rgb } from "../draw/colours.ts";
import { Key, Swatch } from "../draw/key.tsx";
import { Matrix, type MatrixProps } from "../draw/matrix.tsx";
import { usePart } from "../ui/host.ts";
import * as l10n from "../ui/l10n.ts";
import { Heading } from "../ui/parts.tsx";
import { useTheme } from "../ui/theme.ts";
import { Button } from "../ui/toolkit.tsx";

/** One mask's matrix. */
interface Side {
  readonly name: string;
  readonly colour: Rgb;
  /** What this colour means. */
  readonly text: string;
  readonly picture: MatrixProps;
}

interface SidesProps {
  readonly sides: readonly [Side, Side];
}

export const Beside = ({ sides }: SidesProps) => (
  <div class="sides">
    {sides.map(({ name, colour, text, picture }, i) => (
      <section key={i}>
        <Heading title={name} />
        <Key of={[[colour, text]]} />
        <Matrix {...picture} />
      </section>
    ))}
  </div>
);

/** Shows the first side to the left of a line and the second to its right. */
export function Swipe({ sides }: SidesProps) {
  const [first, second] = sides;
  /** The position of the line, in % of the width. */
  const [swiped, swipe] = usePart("swiped", 50);
  return (
    <div>
      <div class="swipe">
        {sides.map(({ name, colour, text }, i) => (
          <Key key={i} of={[[colour, `${name}, ${text}`]]} />
        ))}
        <input
          type="range"
          min={0}
          max={100}
          value={swiped}
          aria-label={l10n.t("Percentage of {0} shown from the left; the rest is {1}", first.name, second.name)}
          onInput={({ currentTarget }) => swipe(Number(currentTarget.value))}
        />
      </div>
      <Stack sides={sides} style={{ clipPath: `inset(0 0 0 ${swiped}%)` }}>
        <div class="edge" style={{ left: `${swiped}%` }} />
      </Stack>
    </div>
  );
}

/** How long each side is shown when blinking, in milliseconds. */
const BLINK = 700;

/** Alternates between the two sides; switched manually if the system or the editor asks for reduced motion. */
export function Blink({ sides }: SidesProps) {
  const [paused, pause] = usePart("paused", false);
  const [isSecond, show] = useState(true);
  useTheme(); // the editor's setting for reduced motion is also a class of the body
  const byHand =
    matchMedia("(prefers-reduced-motion: reduce)").matches || document.body.classList.contains("vscode-reduce-motion");
  const toggle = () => show((before) => !before);
  const moves = !byHand && !paused;
  useLayoutEffect(() => {
    const timer = moves ? window.setInterval(toggle, BLINK) : undefined;
    return () => window.clearInterval(timer);
  }, [moves]);
  const { name, colour } = sides[isSecond ? 1 : 0];
  return (
    <div>
      <div class="row">
        <Button text={l10n.t("Show the other mask")} onClick={toggle} />
        {!byHand && (
          <Button key="pause" text={paused ? l10n.t("Continue") : l10n.t("Pause")} onClick={() => pause(!paused)} />
        )}
        <strong>
          <Swatch colour={colour} />
          {name}
        </strong>
      </div>
      <Stack sides={sides} style={{ visibility: isSecond ? "visible" : "hidden" }} />
    </div>
  );
}

interface StackProps extends SidesProps {
  /** The style of the side on top. */
  readonly style: CSSProperties;
  readonly children?: ComponentChildren;
}

const Stack = ({ sides: [first, second], style, children }: StackProps) => (
  <div class="stack">
    <Matrix {...first.picture} />
    <Matrix {...second.picture} look="over" style={style} />
    {children}
  </div>
);
