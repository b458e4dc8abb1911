// Colour keys.

import { css, type Rgb } from "./colours.ts";

/** A colour as a small square. */
export const Swatch = ({ colour }: { readonly colour: Rgb }) => (
  <span class="swatch" aria-hidden="true" style={{ backgroundColor: css(colour) }} />
);

/** Colours with their meanings. */
export const Key = ({ of }: { readonly of: readonly (readonly [colour: Rgb, text: string])[] }) => (
  <div class="key">
    {of.map(([colour, text], i) => (
      <span key={i}>
        <Swatch colour={colour} />
        {text}
      </span>
    ))}
  </div>
);
