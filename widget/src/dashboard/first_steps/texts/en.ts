/** The first steps of a project, in English. */

export const en = {
  title: "Get your first conversation",
  done: "done",
  site: "Put the chat on your site",
  unseen: "The chat was not seen on your site yet.",
  "site.agent": "A manager of this project can paste a line into your pages.",
  "site.kind": "Your site is made with",
  "site.html": "HTML, or something else",
  "site.code": "What to paste",
  "site.copy": "Copy",
  "site.copied": "Copied",
  "site.waiting": "Not seen yet. Open a page of your site; this line updates by itself.",
  "site.seen": "Seen on {host}, {when}",
  "site.domains": "Allowed domains",
  "site.unknown": "We cannot check right now whether the chat was seen.",
  "refused.title": "Recently refused",
  "refused.one": "{host} tried to load the widget, {when}.",
  "refused.lead": "It is not among your domains. Allow it only if it is yours.",
  "refused.agent": "It is not among the domains. A manager can allow it.",
  "refused.allow": "Allow {host}",
  "refused.go": "Allow",
  "refused.allowed": "{host} is allowed now. Reload that page.",
  "refused.failed": "{host} could not be allowed. Try again.",
  invite: "Invite your colleagues",
  "invite.lead": "They get an email and answer together with you.",
  "invite.go": "Invite a colleague",
  hello: "Say hello as a visitor",
  "hello.lead": "Open a page that has the chat and write. Your message appears here at once.",
  "hello.go": "Open a page with your chat",
  "try.title": "This is what your visitors see",
  "try.lead":
    "Write something in the chat. The message appears in your inbox at once, and what you answer there appears here.",
  "try.visitor": "On this page you are a visitor. Only you can open it: your visitors see the chat on your own pages.",
  "try.inbox": "To the inbox",
  "try.failed": "The chat could not be loaded. Reload the page.",
  "where.html": "Paste this line before </body> on every page that should have the chat.",
  "where.wordpress":
    "Add this to functions.php of your child theme, or paste only the script line with a plugin for code snippets, into the footer of all pages.",
  "where.shopify":
    "Online Store → Themes → ⋯ → Edit code → layout/theme.liquid: paste this line before </body>, and save.",
  "where.gtm": "New tag → Custom HTML: paste this, choose the trigger “All Pages”, and publish the container.",
  "where.react": "Paste this line before </body> in index.html, in the root folder of the project.",
  "where.next":
    "Put the Script element into app/layout.tsx, inside <body> after {children}. With the Pages Router: into pages/_app.tsx.",
  "where.vue": "Paste this line before </body> in index.html, in the root folder of the project.",
  "where.nuxt": "Add this to nuxt.config.ts.",
  "where.angular": "Paste this line before </body> in src/index.html.",
  "where.svelte": "Paste this line before </body> in src/app.html.",
  "where.webflow": "Site settings → Custom code → Footer code: paste this line, save, and publish the site.",
  "where.squarespace": "Settings → Developer tools → Code injection → Footer: paste this line, and save.",
  "where.wix":
    "Settings → Custom code → Add custom code: paste this line, choose all pages and “Body - end”, and apply. It works on sites with a domain of their own.",
} as const;

export type Texts = Readonly<Record<keyof typeof en, string>>;
