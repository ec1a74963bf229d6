import { useI18n } from "../i18n/i18n.tsx";
import "./brand.css";

/** A nought with a stroke of gold: nothing left open. */
function Mark() {
	return (
		<svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
			<circle cx="16" cy="16" r="11" fill="none" stroke="currentColor" strokeWidth="3.4" />
			<path d="M10.6 21.6 21.6 10.4" stroke="var(--ql-brand-line)" strokeWidth="3" strokeLinecap="round" />
		</svg>
	);
}

export function Brand() {
	const { t } = useI18n();
	return (
		<div className="brand">
			<Mark />
			<span className="brand-name">{t("brand.name")}</span>
			<span className="brand-latin">{t("brand.latin")}</span>
			<span className="brand-line">{t("brand.line")}</span>
		</div>
	);
}
