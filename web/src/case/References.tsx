import { CheckOutlined, WarningOutlined } from "@ant-design/icons";
import { useNow } from "../app/live.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { pickName } from "../i18n/translate.ts";
import { dayTime } from "../i18n/when.ts";
import type { CaseFull } from "../live/wire.ts";
import { Section } from "./Section.tsx";

type Reference = CaseFull["references"][number];

/** The faulty character is marked where it stands, counted from one. */
function Marked({ value, position }: { value: string; position: number | null }) {
	const letters = [...value];
	if (position === null || position < 1 || position > letters.length) return <>{value}</>;
	return (
		<>
			{letters.slice(0, position - 1).join("")}
			<mark>{letters[position - 1]}</mark>
			{letters.slice(position).join("")}
		</>
	);
}

function Fault({ fault }: { fault: NonNullable<Reference["fault"]> }) {
	const { t, language } = useI18n();
	const text = (language === "zh-CN" ? fault.zh : fault.en) || fault.zh || fault.code;
	return (
		<span className="fault">
			{fault.position !== null && `${t("refs.position", { n: fault.position })}: `}
			{text}
		</span>
	);
}

export function References({ full }: { full: CaseFull }) {
	const { t, word } = useI18n();
	if (full.references.length === 0) return null;
	return (
		<Section title={t("refs.title")}>
			<ul className="refs">
				{full.references.map((ref) => (
					<li key={`${ref.type}-${ref.value}`} data-valid={ref.valid}>
						<span className="quiet">{word("ref", ref.type)}</span>
						<span className="ref-value foreign">
							<Marked value={ref.value} position={ref.fault?.position ?? null} />
						</span>
						<span className="ref-check">
							{ref.valid ? <CheckOutlined aria-hidden="true" /> : <WarningOutlined aria-hidden="true" />}{" "}
							{t(ref.valid ? "refs.good" : "refs.bad")}
						</span>
						{ref.fault !== null && <Fault fault={ref.fault} />}
					</li>
				))}
			</ul>
		</Section>
	);
}

export function Notices({ full }: { full: CaseFull }) {
	const { t, language } = useI18n();
	const now = useNow(60_000);
	if (full.notices.length === 0) return null;
	return (
		<Section title={t("notices.title")}>
			<ul className="notices">
				{full.notices.map((notice) => (
					<li key={`${notice.code}-${notice.at}`}>
						<span className="notice-code">{notice.code}</span>
						<span>
							{pickName(language, notice)}
							{notice.note && <span className="foreign quiet"> {notice.note}</span>}
						</span>
						<time className="quiet mono">{dayTime(t, notice.at, now)}</time>
					</li>
				))}
			</ul>
		</Section>
	);
}
