import { Component, type ReactNode } from "react";
import { useI18n } from "../i18n/i18n.tsx";

function Apology() {
	const { t } = useI18n();
	return (
		<div className="center-page" role="alert">
			<p>{t("error.page")}</p>
			<button type="button" onClick={() => location.reload()}>
				{t("error.reload")}
			</button>
		</div>
	);
}

export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
	override state = { failed: false };

	static getDerivedStateFromError() {
		return { failed: true };
	}

	override render() {
		return this.state.failed ? <Apology /> : this.props.children;
	}
}
