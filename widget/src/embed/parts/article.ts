/** The part that shows the text of an article: elements of the window's runtime, never HTML. */

import { parseArticle } from "../../ui/article";
import { articleElements } from "../../ui/article_elements";
import styles from "../home/article.css";
import type { ArticlePart } from "../view";

const TITLE = 3; // the level of its title in the window

export const sheet: ArticlePart["sheet"] = styles;
export const article: ArticlePart["article"] = (content) => articleElements(parseArticle(content, TITLE));
