/** REST of a project's forms: the templates, and what is sent and answered in conversations. */

import type {
  FilledForm,
  FormCorrection,
  FormTemplate,
  FormTemplateChange,
  FormTemplateList,
  Id,
  Message,
  NewFormTemplate,
  SentForm,
} from "../../rest/types";
import type { Api } from "../rest/api";

export class FormsApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  /** All templates, the oldest first. */
  async templates(): Promise<readonly FormTemplate[]> {
    return (await this.template<FormTemplateList>("GET", "")).items;
  }

  create(template: NewFormTemplate): Promise<FormTemplate> {
    return this.template("POST", "", template);
  }

  /** Optimistic locking: refused as `stale` when the template has changed since `version`. */
  change(id: Id, change: FormTemplateChange): Promise<FormTemplate> {
    return this.template("PATCH", `/${id}`, change);
  }

  delete(id: Id): Promise<void> {
    return this.template("DELETE", `/${id}`);
  }

  /** The answers to a template as CSV. */
  answers(id: Id): Promise<string> {
    return this.api.file(`/projects/${this.project}/form-templates/${id}/answers.csv`);
  }

  /** Sends a form to the visitor; `expires_in` in seconds. */
  send(conversation: Id, form: SentForm): Promise<Message> {
    return this.conversation("POST", conversation, "forms", form);
  }

  cancel(conversation: Id, request: Id): Promise<void> {
    return this.conversation("DELETE", conversation, `forms/${request}`);
  }

  /** The agent fills in a template. */
  fill(conversation: Id, answer: FilledForm): Promise<Message> {
    return this.conversation("POST", conversation, "form-answers", answer);
  }

  edit(conversation: Id, answer: Id, change: FormCorrection): Promise<Message> {
    return this.conversation("PATCH", conversation, `form-answers/${answer}`, change);
  }

  remove(conversation: Id, answer: Id): Promise<void> {
    return this.conversation("DELETE", conversation, `form-answers/${answer}`);
  }

  private template<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}/form-templates${path}`, body);
  }

  private conversation<T>(method: string, conversation: Id, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}/conversations/${conversation}/${path}`, body);
  }
}
