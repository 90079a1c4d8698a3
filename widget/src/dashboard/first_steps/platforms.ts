/** What to paste where, for each kind of site. Pure. */

import type { FirstStepsKey } from "./i18n";

export const PLATFORMS = [
  "html",
  "wordpress",
  "shopify",
  "gtm",
  "react",
  "next",
  "vue",
  "nuxt",
  "angular",
  "svelte",
  "webflow",
  "squarespace",
  "wix",
] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Their own names, which no language translates. */
const NAMES: Readonly<Record<Exclude<Platform, "html">, string>> = {
  wordpress: "WordPress",
  shopify: "Shopify",
  gtm: "Google Tag Manager",
  react: "React (Vite)",
  next: "Next.js",
  vue: "Vue (Vite)",
  nuxt: "Nuxt",
  angular: "Angular",
  svelte: "SvelteKit",
  webflow: "Webflow",
  squarespace: "Squarespace",
  wix: "Wix",
};

export function platformName(platform: Platform, plain: string): string {
  return platform === "html" ? plain : NAMES[platform];
}

export function whereKey(platform: Platform): FirstStepsKey {
  return `where.${platform}`;
}

/** `origin`: of this server. */
export function codeFor(platform: Platform, origin: string, project: string): string {
  const source = `${origin}/widget.js`;
  const line = `<script async src="${source}" data-project="${project}"></script>`;
  switch (platform) {
    case "wordpress":
      return `add_action( 'wp_footer', function () { ?>\n  ${line}\n<?php } );`;
    case "gtm":
      // Tag Manager drops data attributes of script tags.
      return `<script>
  (function () {
    var script = document.createElement("script");
    script.async = true;
    script.src = "${source}";
    script.setAttribute("data-project", "${project}");
    document.head.appendChild(script);
  })();
</script>`;
    case "next":
      return `import Script from "next/script";

<Script src="${source}" data-project="${project}" />`;
    case "nuxt":
      return `export default defineNuxtConfig({
  app: {
    head: {
      script: [{ src: "${source}", async: true, "data-project": "${project}" }],
    },
  },
});`;
    default:
      return line;
  }
}
