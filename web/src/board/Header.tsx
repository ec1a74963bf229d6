import { LogoutOutlined, QuestionCircleOutlined } from "@ant-design/icons";
import { signOut } from "../api/api.ts";
import { Brand } from "../app/Brand.tsx";
import { LanguageChooser, ThemeButton } from "../app/Choosers.tsx";
import { useUser } from "../app/context.tsx";
import { useI18n } from "../i18n/i18n.tsx";
import { pickName } from "../i18n/translate.ts";
import { LiveState } from "./LiveState.tsx";
import "./header.css";

function WhoIAm() {
	const { t, language } = useI18n();
	const user = useUser();
	const place = user.enterprise?.name ?? (user.unit && pickName(language, user.unit));
	return (
		<div className="who" aria-label={t("head.account")} role="group">
			<span className="who-name">{user.name}</span>
			<span className="who-place">
				{t(`role.${user.role}`)}
				{place && ` · ${place}`}
			</span>
		</div>
	);
}

export function Header({ onLeft, onKeys }: { onLeft(): void; onKeys(): void }) {
	const { t } = useI18n();
	async function leave() {
		// Leaving must work also when the server is away: the cookie then ends by its own time.
		await signOut().catch(() => null);
		onLeft();
	}
	return (
		<header className="head">
			<a className="skip" href="#queue" onClick={(event) => (event.preventDefault(), focusQueue())}>
				{t("head.skip")}
			</a>
			<Brand />
			<LiveState />
			<div className="head-tools">
				<LanguageChooser />
				<ThemeButton />
				<button type="button" className="icon-button keys-button" title={t("head.keys")} aria-label={t("head.keys")} onClick={onKeys}>
					<QuestionCircleOutlined />
				</button>
				<WhoIAm />
				<button type="button" className="icon-button" title={t("head.signout")} aria-label={t("head.signout")} onClick={leave}>
					<LogoutOutlined />
				</button>
			</div>
		</header>
	);
}

export function focusQueue(): void {
	document.querySelector<HTMLElement>('.queue-row[tabindex="0"]')?.focus({ preventScroll: true });
}
