/** One input for each field of a command. */
import { Input, Select } from "antd";
import { type ReactNode, useMemo } from "react";
import { useNames } from "../app/context.tsx";
import { fold } from "../board/filter.ts";
import { useI18n } from "../i18n/i18n.tsx";
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

const WRITABLE = AUDIENCES.filter((audience): audience is Exclude<Audience, "sealed"> => audience !== "sealed");

/** Nothing is public by default: the reader of the words is chosen before the words. */
function AudienceInput({ id, label, value, onChange }: InputProps) {
	const { t } = useI18n();
	return (
		<div className="audiences" role="radiogroup" aria-label={label}>
			{WRITABLE.map((audience) => (
				<label key={audience} data-audience={audience} title={t(`audience.${audience}.hint`)}>
					<input type="radio" name={id} checked={value === audience} onChange={() => onChange(audience)} />
					{AUDIENCE_ICONS[audience]} {t(`audience.${audience}`)}
				</label>
			))}
			{value !== "" && <span className="quiet">{t(`audience.${value as (typeof WRITABLE)[number]}.hint`)}</span>}
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

const INPUTS: Record<FieldName, (props: InputProps) => ReactNode> = {
	audience: AudienceInput,
	text: TextInput,
	department: DepartmentInput,
	outcome: OutcomeInput,
	reason: LineInput,
	result: ResultInput,
	note: LineInput,
	coordinator: RosterPicker,
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
