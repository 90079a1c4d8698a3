/** The part for visitors with a history: fetches missed and older messages. Loaded when messages are missing. */

export { catchUp, loadOlder } from "../../chat/catch_up";
