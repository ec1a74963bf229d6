import { App, Button } from "antd";
import { useState } from "react";
import { useKeys } from "../app/keys.ts";
import { usePrefs } from "../app/prefs.ts";
import { useI18n } from "../i18n/i18n.tsx";
import type { CaseFull } from "../live/wire.ts";
import { ActionForm } from "./ActionForm.tsx";
import { type Command, type CommandName, offered } from "./commands.ts";

const MAIN: readonly CommandName[] = ["accept", "answer_and_close", "reopen"];

export function Actions({ full, onChanged }: { full: CaseFull; onChanged(): void }) {
	const { t } = useI18n();
	const { message } = App.useApp();
	const { letterKeys } = usePrefs();
	const [open, setOpen] = useState<Command | null>(null);
	const commands = offered(full.actions);

	useKeys((event) => {
		const command = commands.find(({ key }) => event.code === `Key${key}`);
		if (command === undefined || event.shiftKey) return false;
		setOpen(command);
		return true;
	}, letterKeys && open === null);

	function done(command: Command) {
		setOpen(null);
		void message.success(t("actions.done", { action: t(`action.${command.name}`) }));
		onChanged();
	}

	if (open !== null) {
		return <ActionForm key={`${full.case.id}-${open.name}`} full={full} command={open} onDone={done} onCancel={() => setOpen(null)} />;
	}
	if (commands.length === 0) return <p className="quiet">{t("actions.none")}</p>;
	const main = commands.find(({ name }) => MAIN.includes(name));
	return (
		<div className="actions" role="toolbar" aria-label={t("actions.title")}>
			{commands.map((command) => (
				<Button key={command.name} type={command === main ? "primary" : "default"} data-action={command.name} onClick={() => setOpen(command)}>
					{t(`action.${command.name}`)}
					{letterKeys && command.key !== "" && <kbd aria-hidden="true">{command.key}</kbd>}
				</Button>
			))}
		</div>
	);
}
