import { Modal, Switch } from "antd";
import { setPrefs, usePrefs } from "../app/prefs.ts";
import { COMMANDS } from "../case/commands.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { Key } from "../i18n/zh-CN.ts";

const KEYS: readonly [string, Key][] = [
	["/", "keys.search"],
	["↑ ↓", "keys.move"],
	["Enter", "keys.open"],
	["U", "keys.updates"],
	["Esc", "keys.close"],
	["Ctrl+Enter", "keys.send"],
];

export default function KeysHelp({ onClose }: { onClose(): void }) {
	const { t } = useI18n();
	const { letterKeys } = usePrefs();
	const rows = [...KEYS, ...COMMANDS.map(({ key, name }) => [key, `action.${name}`] as [string, Key])];
	return (
		<Modal open title={t("keys.title")} footer={null} onCancel={onClose} width={420}>
			<dl className="keys">
				{rows.map(([key, what]) => (
					<div key={key}>
						<dt>
							<kbd>{key}</kbd>
						</dt>
						<dd>{t(what)}</dd>
					</div>
				))}
			</dl>
			<p className="quiet">{t("keys.note")}</p>
			<label className="keys-switch">
				<Switch checked={letterKeys} onChange={(on) => setPrefs({ letterKeys: on })} /> {t("keys.letters")}
			</label>
		</Modal>
	);
}
