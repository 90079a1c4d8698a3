/** The part for visitors with a past: what was missed, and what is further up. Loaded when something is missing. */

export { catchUp, loadOlder } from "../../chat/catch_up";
