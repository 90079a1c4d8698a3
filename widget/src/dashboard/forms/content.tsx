/** The content of a message that asks for or answers a form. */

import type { JSX } from "preact";

import { answerOf, requestOf } from "../../forms/request";
import type { Message } from "../state/model";
import { threadOf } from "../state/threads";
import { useWorkspace } from "../views/hooks";
import { AnswerCard } from "./answer_card";
import { RequestCard } from "./request_card";

export interface FormContentProps {
  readonly conversation: string;
  readonly message: Message;
  readonly filling: boolean;
}

export function FormContent({ conversation, message, filling }: FormContentProps): JSX.Element {
  const { store, project, user } = useWorkspace();
  const request = requestOf(message.content);
  if (request !== null)
    return <RequestCard conversation={conversation} id={message.id} form={request} filling={filling} />;
  const answer = answerOf(message.content);
  if (answer === null) return <PlainForm message={message} />;
  const asking = threadOf(store.state, conversation).messages.find(({ id }) => id === answer.request);
  return (
    <AnswerCard
      conversation={conversation}
      id={message.id}
      answer={answer}
      asked={requestOf(asking?.content)?.fields ?? null}
      mine={project.role === "manager" || (message.author.party === "agent" && message.author.id === user.id)}
    />
  );
}

/** Content of a later version is shown by its text. */
function PlainForm({ message }: { readonly message: Message }): JSX.Element {
  return <>{message.body}</>;
}
