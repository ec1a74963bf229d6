import { Input } from "antd";
import { useEffect, useId, useMemo, useState } from "react";
import { readRoster } from "../api/api.ts";
import { useNames } from "../app/context.tsx";
import { explain } from "../app/failure.ts";
import { useLive, useStore } from "../app/live.tsx";
import { fold } from "../board/filter.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { RosterRow } from "../live/wire.ts";
import { rosterOrder, standing } from "./roster.ts";

const SHOWN_MAX = 40;

function useRoster() {
	const store = useStore();
	const roster = useLive((state) => state.roster);
	const [error, setError] = useState<unknown>(null);
	useEffect(() => {
		readRoster().then(({ items }) => store.push({ type: "roster_read", items }), setError);
	}, [store]);
	return { rows: useMemo(() => rosterOrder(roster.values()), [roster]), error };
}

function Person({ row, group, checked, onPick }: { row: RosterRow; group: string; checked: boolean; onPick(): void }) {
	const { t } = useI18n();
	const { unit } = useNames();
	const state = standing(row);
	return (
		<label className="person" data-state={state}>
			<input type="radio" name={group} checked={checked} disabled={state === "full"} onChange={onPick} />
			<span className="person-name">{row.name}</span>
			<span className="quiet cut">{unit(row.unit)}</span>
			<span className="person-load">{t("roster.load", { load: row.load, capacity: row.capacity })}</span>
			<span className="chip" data-tone={state === "ready" ? "good" : "plain"}>
				{t(`roster.${state}`)}
			</span>
		</label>
	);
}

export function RosterPicker({ value, onChange, label }: { value: string; onChange(id: string): void; label: string }) {
	const { t } = useI18n();
	const { unit } = useNames();
	const { rows, error } = useRoster();
	const [text, setText] = useState("");
	const group = useId();
	const wanted = fold(text);
	const shown = rows.filter((row) => wanted === "" || fold(`${row.name}${row.unit}${unit(row.unit)}`).includes(wanted));
	return (
		<div className="roster" role="radiogroup" aria-label={label}>
			<Input
				type="search"
				placeholder={t("roster.search")}
				aria-label={t("roster.search")}
				value={text}
				onChange={(event) => setText(event.target.value)}
			/>
			<div className="roster-list">
				{shown.slice(0, SHOWN_MAX).map((row) => (
					<Person key={row.id} row={row} group={group} checked={value === String(row.id)} onPick={() => onChange(String(row.id))} />
				))}
				{error !== null && <p role="alert">{explain(t, error)}</p>}
				{error === null && shown.length === 0 && <p className="quiet">{t("roster.empty")}</p>}
			</div>
		</div>
	);
}
