import { Button } from "antd";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useNames } from "../app/context.tsx";
import { explain } from "../app/failure.ts";
import { useLive, useNow } from "../app/live.tsx";
import { useMedia } from "../app/prefs.ts";
import { openCase } from "../app/route.ts";
import { useI18n } from "../i18n/i18n.tsx";
import { GLOW_MS } from "../live/store.ts";
import type { Row } from "../live/wire.ts";
import type { Entry } from "./order.ts";
import { QueueRow } from "./QueueRow.tsx";
import type { More } from "./useQueue.ts";
import { useVisibleRange } from "./window.ts";
import "./queue.css";

const ROW_WIDE = 46;
const ROW_NARROW = 128;
const PAGE_ROWS = 8;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 15;

const COLUMNS = ["number", "enterprise", "subject", "unit", "coordinator", "state", "left"] as const;
const open = (row: Row) => openCase(row.number);

function stepFor(key: string, at: number, count: number): number | null {
	const steps: Record<string, number> = {
		ArrowDown: at + 1,
		ArrowUp: at - 1,
		PageDown: at + PAGE_ROWS,
		PageUp: at - PAGE_ROWS,
		Home: 0,
		End: count - 1,
	};
	const to = steps[key];
	return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}

/** One row at a time can be reached by Tab; arrows move among them, also to rows not drawn yet. */
function useActiveRow(entries: readonly Entry[], list: React.RefObject<HTMLElement | null>, rowHeight: number) {
	const [activeId, setActiveId] = useState<number | null>(null);
	const [wanted, setWanted] = useState<number | null>(null);
	const at = Math.max(0, entries.findIndex((entry) => entry.id === activeId));

	useEffect(() => {
		if (wanted === null) return;
		const row = list.current?.querySelector<HTMLElement>(`[data-id="${wanted}"]`);
		if (row == null) return;
		row.focus({ preventScroll: true });
		row.scrollIntoView({ block: "nearest" });
		setWanted(null);
	});

	function onKeyDown(event: KeyboardEvent) {
		if (event.nativeEvent.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
		const entry = entries[at];
		if (event.key === "Enter" && entry !== undefined) return open(entry.row);
		const to = stepFor(event.key, at, entries.length);
		const target = to === null ? undefined : entries[to];
		if (to === null || target === undefined) return;
		event.preventDefault();
		setActiveId(target.id);
		setWanted(target.id);
		// The target may be far outside what is drawn: bring its place into view first.
		const probe = document.createElement("span");
		probe.className = "queue-probe";
		probe.style.transform = `translateY(${to * rowHeight}px)`;
		probe.style.height = `${rowHeight}px`;
		list.current?.append(probe);
		probe.scrollIntoView({ block: "nearest" });
		probe.remove();
	}
	return { activeId: entries[at]?.id ?? null, setActiveId, onKeyDown };
}

function End({ count, more, filtered }: { count: number; more: More; filtered: boolean }) {
	const { t } = useI18n();
	if (more.error !== null) {
		return (
			<p className="queue-end" role="alert">
				{t("queue.failed", { why: explain(t, more.error) })}{" "}
				<Button size="small" onClick={more.read}>
					{t("case.retry")}
				</Button>
			</p>
		);
	}
	if (more.reading) return <p className="queue-end quiet">{t("queue.loading")}</p>;
	if (more.hasNext) {
		return (
			<p className="queue-end">
				<Button size="small" onClick={more.read}>
					{t("queue.more")}
				</Button>
			</p>
		);
	}
	if (count > 0) return null;
	return <p className="queue-end quiet">{t(filtered ? "queue.empty" : "queue.empty.all")}</p>;
}

interface Props {
	entries: readonly Entry[];
	more: More;
	filtered: boolean;
	chosen: string | null;
	box: React.RefObject<HTMLDivElement | null>;
}

export function QueueTable({ entries, more, filtered, chosen, box }: Props) {
	const { t } = useI18n();
	const { unit } = useNames();
	const now = useNow(5000);
	const fresh = useLive((state) => state.fresh);
	const phase = useLive((state) => state.snapshots);
	const rowHeight = useMedia("(max-width: 900px)") ? ROW_NARROW : ROW_WIDE;
	const list = useRef<HTMLDivElement>(null);
	const range = useVisibleRange(box, list, rowHeight, entries.length);
	const { activeId, setActiveId, onKeyDown } = useActiveRow(entries, list, rowHeight);

	const drawn = entries.slice(range.start, range.end);
	// Tab must always find a row, also when the last one visited has been scrolled away.
	const tabId = drawn.some(({ id }) => id === activeId) ? activeId : drawn[0]?.id;

	const nearEnd = range.end > entries.length - AHEAD;
	useEffect(() => {
		if (nearEnd && more.hasNext && !more.reading && more.error === null) more.read();
	}, [nearEnd, more.hasNext, more.reading]);

	return (
		<div className="queue-box" ref={box}>
		<div role="grid" aria-label={t("queue.title")} aria-rowcount={entries.length + 1} onKeyDown={onKeyDown}>
			<div className="queue-head" role="row" aria-rowindex={1}>
				{COLUMNS.map((name) => (
					<span key={name} role="columnheader" className={`cell-${name}`}>
						{t(`col.${name}`)}
					</span>
				))}
			</div>
			<div className="queue-list" role="rowgroup" ref={list} style={{ height: entries.length * rowHeight }}>
				{drawn.map(({ id, row }, i) => (
					<QueueRow
						key={id}
						row={row}
						index={range.start + i}
						top={(range.start + i) * rowHeight}
						now={now}
						unit={unit(row.unit)}
						fresh={Date.now() - (fresh.get(id) ?? 0) < GLOW_MS}
						active={id === tabId}
						chosen={row.number === chosen}
						onOpen={open}
						onActive={setActiveId}
					/>
				))}
			</div>
		</div>
			{phase > 0 && <End count={entries.length} more={more} filtered={filtered} />}
		</div>
	);
}
