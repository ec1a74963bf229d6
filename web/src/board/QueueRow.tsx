import { memo } from "react";
import { useI18n } from "../i18n/i18n.tsx";
import { dayTime } from "../i18n/when.ts";
import type { Row } from "../live/wire.ts";
import { PriorityChip, StateChip, TierChip } from "./Chips.tsx";
import { deadline } from "./order.ts";
import { TimeLeft } from "./TimeLeft.tsx";

export interface RowProps {
	row: Row;
	index: number;
	top: number;
	now: number;
	unit: string;
	fresh: boolean;
	active: boolean;
	chosen: boolean;
	onOpen(row: Row): void;
	onActive(id: number): void;
}

export const QueueRow = memo(function QueueRow(props: RowProps) {
	const { row, index, top, now, unit, fresh, active, chosen, onOpen, onActive } = props;
	const { t } = useI18n();
	return (
		<div
			role="row"
			aria-rowindex={index + 2}
			aria-selected={chosen}
			tabIndex={active ? 0 : -1}
			className="queue-row"
			data-testid="case-row"
			data-number={row.number}
			data-id={row.id}
			data-fresh={fresh || undefined}
			style={{ transform: `translateY(${top}px)` }}
			onClick={() => onOpen(row)}
			onFocus={() => onActive(row.id)}
		>
			<span role="gridcell" className="cell-number">
				<span className="mono">{row.number}</span>
				<PriorityChip priority={row.priority} />
			</span>
			<span role="gridcell" className="cell-enterprise">
				<span className={`cut foreign${row.enterprise === null ? " quiet" : ""}`} title={row.enterprise?.name}>
					{row.enterprise?.name ?? t("unbound")}
				</span>
				<TierChip tier={row.tier} />
			</span>
			<span role="gridcell" className="cell-subject cut foreign" title={row.subject}>
				{row.subject}
			</span>
			<span role="gridcell" className="cell-unit cut" title={unit}>
				{unit}
			</span>
			<span role="gridcell" className={`cell-coordinator cut${row.coordinator === null ? " quiet" : ""}`}>
				{row.coordinator?.name ?? t("nobody")}
			</span>
			<span role="gridcell" className="cell-state">
				<StateChip state={row.state} />
			</span>
			<span role="gridcell" className="cell-left">
				{row.closed_at === null ? (
					<TimeLeft limit={deadline(row)} now={now} />
				) : (
					<span className="quiet">{dayTime(t, row.closed_at, now)}</span>
				)}
			</span>
		</div>
	);
});
