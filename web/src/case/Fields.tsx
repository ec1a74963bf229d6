/** One input for each field of a command. */
import { Input, Select } from "antd";
import { type ReactNode, useMemo } from "react";
import { useNames } from "../app/context.tsx";
import { fold } from "../board/filter.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { Key } from "../i18n/zh-CN.ts";
import { AUDIENCES, type Audience, CALL_RESULTS, OUTCOMES } from "../live/wire.ts";
import type { Field, FieldName } from "./commands.ts";
import { RosterPicker } from "./RosterPicker.tsx";
import { AUDIENCE_ICONS } from "./Timeline.tsx";

export const TEXT_MAX = 4000;

interface InputProps {
	id: string;
	label: string;
	value: string;
	onChange(value: string): void;
	disabled: boolean;
}

/** Nothing is public by default: the reader of the words is chosen before the words. */
function AudienceInput({ id, label, value, onChange }: InputProps) {
	const { t } = useI18n();
	return (
		<div className="audiences" role="radiogroup" aria-label={label}>
			{AUDIENCES.map((audience) => (
				<label key={audience} data-audience={audience} title={t(`audience.${audience}.hint`)}>
					<input type="radio" name={id} checked={value === audience} onChange={() => onChange(audience)} />
					{AUDIENCE_ICONS[audience]} {t(`audience.${audience}`)}
				</label>
			))}
			{value !== "" && <span className="quiet">{t(`audience.${value as Audience}.hint`)}</span>}
		</div>
	);
}

function DepartmentInput({ id, label, value, onChange }: InputProps) {
	const { units, unit } = useNames();
	const options = useMemo(() => units.map(({ code }) => ({ value: code, label: `${code} ${unit(code)}` })), [units, unit]);
	return (
		<Select
			id={id}
			aria-label={label}
			value={value || null}
			options={options}
			showSearch={{ filterOption: (typed, option) => fold(String(option?.label)).includes(fold(typed)) }}
			onChange={(code) => onChange(code ?? "")}
		/>
	);
}

function OutcomeInput({ id, label, value, onChange }: InputProps) {
	const { t } = useI18n();
	const options = OUTCOMES.map((outcome) => ({ value: outcome as string, label: t(`outcome.${outcome}`) }));
	return <Select id={id} aria-label={label} value={value || null} options={options} onChange={(code) => onChange(code ?? "")} />;
}

function ResultInput({ id, label, value, onChange }: InputProps) {
	const { t } = useI18n();
	return (
		<div className="audiences" role="radiogroup" aria-label={label}>
			{CALL_RESULTS.map((result) => (
				<label key={result}>
					<input type="radio" name={id} checked={value === result} onChange={() => onChange(result)} />
					{t(`call.${result}`)}
				</label>
			))}
		</div>
	);
}

function TextInput({ id, value, onChange, disabled }: InputProps) {
	const { t } = useI18n();
	return (
		<Input.TextArea
			id={id}
			value={value}
			disabled={disabled}
			placeholder={disabled ? t("actions.audience.first") : ""}
			autoSize={{ minRows: 3, maxRows: 10 }}
			maxLength={TEXT_MAX}
			onChange={(event) => onChange(event.target.value)}
		/>
	);
}

function LineInput({ id, value, onChange }: InputProps) {
	return <Input id={id} value={value} maxLength={500} onChange={(event) => onChange(event.target.value)} />;
}

function choice<Code extends string>(codes: readonly Code[], label: (code: Code) => Key) {
	return function ChoiceInput({ id, label: name, value, onChange }: InputProps) {
		const { t } = useI18n();
		const options = codes.map((code) => ({ value: code as string, label: t(label(code)) }));
		return <Select id={id} aria-label={name} value={value || null} options={options} allowClear onChange={(code) => onChange(code ?? "")} />;
	};
}

function CategoryInput({ id, label, value, onChange }: InputProps) {
	const { categories, category } = useNames();
	const options = useMemo(() => categories.map(({ code }) => ({ value: code, label: category(code) })), [categories, category]);
	return (
		<Select
			id={id}
			aria-label={label}
			value={value || null}
			options={options}
			allowClear
			showSearch={{ filterOption: (typed, option) => fold(String(option?.label)).includes(fold(typed)) }}
			onChange={(code) => onChange(code ?? "")}
		/>
	);
}

/** Beijing time, as everything on the page. */
function TimeInput({ id, value, onChange }: InputProps) {
	return <Input id={id} type="datetime-local" value={value} onChange={(event) => onChange(event.target.value)} />;
}

const INPUTS: Record<FieldName, (props: InputProps) => ReactNode> = {
	audience: AudienceInput,
	text: TextInput,
	department: DepartmentInput,
	outcome: OutcomeInput,
	reason: LineInput,
	result: ResultInput,
	note: LineInput,
	coordinator: RosterPicker,
	readers: LineInput,
	to: LineInput,
	how: LineInput,
	needed_by: TimeInput,
	need: choice(["storage_free_end", "cut_off", "sailing", "line_stop", "other"], (code) => `need.${code}`),
	category: CategoryInput,
	priority: choice(["urgent", "high", "normal"], (code) => `priority.${code}`),
	subject: LineInput,
	uscc: LineInput,
	role: choice(["principal", "declarant", "raiser", "affected"], (code) => `erole.${code}`),
	type: choice(["declaration", "container", "bill", "hs", "case"], (code) => `ref.${code}`),
	value: LineInput,
	entries: LineInput,
	into: LineInput,
	merged: LineInput,
};

export function FieldRow({ field, id, value, onChange, disabled }: { field: Field; id: string; value: string; onChange(value: string): void; disabled: boolean }) {
	const { t } = useI18n();
	const One = INPUTS[field.name];
	const label = t(field.label);
	return (
		<div className="field" data-field={field.name}>
			<label htmlFor={id}>
				{label}
				{!field.required && <span className="quiet"> ({t("field.optional")})</span>}
			</label>
			<One id={id} label={label} value={value} onChange={onChange} disabled={disabled} />
		</div>
	);
}
