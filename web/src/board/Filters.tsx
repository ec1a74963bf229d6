import { SearchOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import { type ReactNode, useMemo } from "react";
import { useNames, useUser } from "../app/context.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { OPEN_STATES } from "../live/wire.ts";
import { type Filter, fold, isFiltered, NO_FILTER, WHO } from "./filter.ts";
import "./filters.css";

function Chip({ pressed, onPress, children }: { pressed: boolean; onPress(): void; children: ReactNode }) {
	return (
		<button type="button" className="filter-chip" aria-pressed={pressed} onClick={onPress}>
			{children}
		</button>
	);
}

function UnitSelect({ value, onChange }: { value: string | null; onChange(unit: string | null): void }) {
	const { t } = useI18n();
	const { units, unit } = useNames();
	const options = useMemo(() => units.map(({ code }) => ({ value: code, label: `${code} ${unit(code)}` })), [units, unit]);
	return (
		<Select<string | null>
			className="filter-unit"
			value={value}
			options={options}
			allowClear
			placeholder={t("filter.any_unit")}
			aria-label={t("filter.unit")}
			popupMatchSelectWidth={300}
			showSearch={{ filterOption: (typed, option) => fold(String(option?.label)).includes(fold(typed)) }}
			onChange={(code) => onChange(code ?? null)}
		/>
	);
}

const WHO_KEYS = { all: "filter.all", mine: "filter.mine", none: "filter.none" } as const;

export function Filters({ filter, onChange, children }: { filter: Filter; onChange(filter: Filter): void; children: ReactNode }) {
	const { t } = useI18n();
	const user = useUser();
	const set = (change: Partial<Filter>) => onChange({ ...filter, ...change });
	const who = WHO.filter((one) => one !== "mine" || user.coordinator_id !== null);
	return (
		<div className="filters" role="search" aria-label={t("filter.label")}>
			<Input
				className="filter-search"
				id="queue-search"
				type="search"
				allowClear
				prefix={<SearchOutlined aria-hidden="true" />}
				placeholder={t("filter.search")}
				aria-label={t("filter.search")}
				value={filter.text}
				maxLength={80}
				onChange={(event) => set({ text: event.target.value })}
			/>
			<UnitSelect value={filter.unit} onChange={(unit) => set({ unit })} />
			<div className="filter-chips">
				{user.role !== "enterprise" &&
					who.map((one) => (
						<Chip key={one} pressed={filter.who === one} onPress={() => set({ who: one })}>
							{t(WHO_KEYS[one])}
						</Chip>
					))}
				<span className="filter-rule" aria-hidden="true" />
				<Chip pressed={filter.overdue} onPress={() => set({ overdue: !filter.overdue, closed: false })}>
					{t("filter.overdue")}
				</Chip>
				<Chip pressed={filter.today} onPress={() => set({ today: !filter.today, closed: false })}>
					{t("filter.today")}
				</Chip>
				<span className="filter-rule" aria-hidden="true" />
				{OPEN_STATES.map((state) => (
					<Chip
						key={state}
						pressed={filter.state === state}
						onPress={() => set({ state: filter.state === state ? null : state, closed: false })}
					>
						{t(`state.${state}`)}
					</Chip>
				))}
				<Chip pressed={filter.closed} onPress={() => onChange({ ...NO_FILTER, closed: !filter.closed, unit: filter.unit })}>
					{t("filter.closed")}
				</Chip>
				{isFiltered(filter) && (
					<Button type="link" size="small" onClick={() => onChange(NO_FILTER)}>
						{t("filter.clear")}
					</Button>
				)}
			</div>
			{children}
		</div>
	);
}
