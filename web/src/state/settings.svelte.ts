// Language and theme: the system's, unless the reader chose.
import { en, type Messages } from "../i18n/en";
import { ko } from "../i18n/ko";
import { recall, remember } from "./storage";

export type Language = "en" | "ko";
export type Theme = "auto" | "light" | "dark";

const kMessages: Record<Language, Messages> = { en, ko };
const kThemes: Theme[] = ["auto", "light", "dark"];

/** The first of the reader's languages that we speak. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "ko" || language === "en") return language;
  }
  return "en";
}

class Settings {
  language = $state<Language>("en");
  theme = $state<Theme>("auto");
  /** Counts theme changes, the system's too: charts redraw their canvas on it. */
  palette_version = $state(0);

  get t(): Messages {
    return kMessages[this.language];
  }

  load(): void {
    const language = recall("language");
    this.language = language === "en" || language === "ko" ? language : pickLanguage(navigator.languages);
    this.theme = kThemes.find((theme) => theme === recall("theme")) ?? "auto";
    this.#apply();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (this.palette_version += 1));
  }

  setLanguage(language: Language): void {
    this.language = language;
    remember("language", language);
    this.#apply();
  }

  /** auto, light, dark, auto … */
  nextTheme(): void {
    this.theme = kThemes[(kThemes.indexOf(this.theme) + 1) % kThemes.length] ?? "auto";
    remember("theme", this.theme === "auto" ? null : this.theme);
    this.#apply();
  }

  #apply(): void {
    const root = document.documentElement;
    root.lang = this.language;
    if (this.theme === "auto") delete root.dataset["theme"];
    else root.dataset["theme"] = this.theme;
    this.palette_version += 1;
  }
}

export const settings = new Settings();
