// The page: one dashboard with its recorded answers, both of which the address names.
import { createTheme, standardTransformers, standardTransformersRegistry } from "@grafana/data";
import { initPluginTranslations } from "@grafana/i18n";
import { GlobalStyles, PortalContainer, ThemeContext } from "@grafana/ui";
import { createRoot } from "react-dom/client";
import { Board } from "./board.jsx";

const parameters = new URLSearchParams(location.search);
const transformations = [...new Set(Object.values(standardTransformers))];
standardTransformersRegistry.setInit(() =>
  transformations.map(({ id, name, ...rest }) => ({ id, name, transformation: async () => ({ id, name, ...rest }) })),
);
await initPluginTranslations("grafana");
const theme = createTheme({ colors: { mode: "dark" } });
const given = await (await fetch(`/boards/${parameters.get("board")}?scenario=${parameters.get("scenario")}`)).json();
// Sizes of texts are measured when a panel is drawn.
await Promise.all([document.fonts.load("400 14px Inter"), document.fonts.load("500 14px Inter")]);
createRoot(document.getElementById("root")).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <Board {...given} />
    <PortalContainer />
  </ThemeContext.Provider>,
);
