// Chooses the order of a matrix's rows or columns.

import * as l10n from "../../ui/l10n.ts";
import { Dropdown } from "../../ui/toolkit.tsx";
import type { Order } from "../order.ts";

interface OrderChooserProps {
  readonly label: string;
  readonly chosen: Order;
  readonly byHead: boolean;
  readonly onChange: (order: Order) => void;
}

export const OrderChooser = ({ label, chosen, byHead, onChange }: OrderChooserProps) => (
  <Dropdown
    label={label}
    options={[
      ["own", l10n.t("{0} in original order", label)],
      ["z", l10n.t("{0} by z", label)],
      ...(byHead ? [["head", l10n.t("{0} by head, heads by z", label)] as const] : []),
    ]}
    chosen={chosen === "head" && !byHead ? "own" : chosen}
    onChange={(order) => onChange(order as Order)}
  />
);
