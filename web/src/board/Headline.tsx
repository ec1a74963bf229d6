import { type ReactNode } from "react";
import { useLive, useNow } from "../app/live.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import type { Key } from "../i18n/zh-CN.ts";
import { span } from "../i18n/when.ts";
import type { Counters } from "../live/wire.ts";
import { type Filter, NO_FILTER } from "./filter.ts";
import "./headline.css";

type Pick = (filter: Filter) => void;

interface Tile {
	name: "open" | "unassigned" | "due_today" | "waiting_enterprise" | "opened_today" | "closed_today" | "faulty_messages";
	/** The cases behind the figure, when the queue can show them. */
	filter?: Filter;
}

const TILES: readonly Tile[] = [
	{ name: "open", filter: NO_FILTER },
	{ name: "unassigned", filter: { ...NO_FILTER, state: "received" } },
	{ name: "due_today", filter: { ...NO_FILTER, today: true } },
	{ name: "waiting_enterprise", filter: { ...NO_FILTER, state: "waiting_enterprise" } },
	{ name: "opened_today" },
	{ name: "closed_today", filter: { ...NO_FILTER, closed: true } },
	{ name: "faulty_messages" },
];

function Figure({ label, value, testId, onPick, attention }: { label: string; value: ReactNode; testId: string; onPick?: () => void; attention: boolean }) {
	const body = (
		<>
			<span className="tile-value" data-testid={testId}>
				{value}
			</span>
			<span className="tile-label">{label}</span>
		</>
	);
	const common = { className: "tile", "data-attention": attention || undefined };
	if (onPick === undefined) return <div {...common}>{body}</div>;
	return (
		<button type="button" {...common} onClick={onPick}>
			{body}
		</button>
	);
}

function Tiles({ counters, onPick }: { counters: Counters | null; onPick: Pick }) {
	const { t } = useI18n();
	return (
		<div className="tiles">
			{TILES.map(({ name, filter }) => {
				const value = counters?.[name];
				if (name === "faulty_messages" && !value) return null;
				const key: Key = `counter.${name}`;
				return (
					<Figure
						key={name}
						label={t(key)}
						value={value ?? "–"}
						testId={`counter-${name}`}
						attention={(name === "unassigned" || name === "faulty_messages") && (value ?? 0) > 0}
						{...(filter && { onPick: () => onPick(filter) })}
					/>
				);
			})}
		</div>
	);
}

export function Headline({ onPick, children }: { onPick: Pick; children?: ReactNode }) {
	const { t } = useI18n();
	const counters = useLive((state) => state.counters);
	const now = useNow(30_000);
	const overdue = counters?.overdue;
	const oldest = counters?.oldest_open_at ?? null;
	return (
		<section className="headline" aria-label={t("board.title")}>
			<button type="button" className="one" data-zero={overdue === 0 || undefined} onClick={() => onPick({ ...NO_FILTER, overdue: true })}>
				<span className="one-label">{t("board.overdue")}</span>
				<span className="one-value" data-testid="counter-overdue">
					{overdue ?? "–"}
				</span>
				<span className="one-note">
					{overdue === 0 ? t("board.zero") : oldest !== null && t("board.oldest", { age: span(t, now - oldest) })}
				</span>
				<span className="one-goal">{t("board.goal")}</span>
			</button>
			<Tiles counters={counters} onPick={onPick} />
			{children}
		</section>
	);
}
