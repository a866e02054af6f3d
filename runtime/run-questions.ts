/** RunQuestions is what runs ask, for programs that show it to people and answer. */
import { SpellError } from './base/errors.js';
import {
  type AnsweredQuestion,
  type ApprovalAnswer,
  giveAnswer,
  type OpenQuestion,
  toOpenQuestion,
} from './open-question.js';
import { isFinished } from './run/run-status.js';
import type { Stores } from './services.js';

/** AnswerOptions is an answer with what tells the question apart from others of its name. */
export interface AnswerOptions extends ApprovalAnswer {
  /** The session that the question is about; needed where a run asks under one name in several. */
  readonly session?: string;
}

export class RunQuestions {
  constructor(
    private readonly stores: () => Promise<
      Pick<Stores, 'backend' | 'runs' | 'questions' | 'approvals'>
    >,
    private readonly actor: string | null,
  ) {}

  async list(run: string | undefined): Promise<readonly OpenQuestion[]> {
    const { approvals } = await this.stores();
    return (await approvals.open(run)).map(toOpenQuestion);
  }

  async approve(
    run: string,
    name: string | undefined,
    { session, ...answer }: AnswerOptions,
  ): Promise<AnsweredQuestion> {
    const stores = await this.stores();
    const record = await stores.runs.get(run);
    if (record !== undefined && isFinished(record.status)) {
      throw new SpellError(
        'RUN_STATE',
        `run ${run} has ${record.status}: it asks nothing any more`,
        {
          hint: 'llmspell runs show tells what it had asked, and how it went on.',
          details: { run, status: record.status },
        },
      );
    }
    const asked = (await stores.questions.ofRun(run)).filter(
      (question) =>
        (name === undefined || question.name === name) &&
        (session === undefined || question.session === session),
    );
    const what = name === undefined ? 'nothing' : `nothing under the name ${JSON.stringify(name)}`;
    const question = stores.approvals.one(asked, `run ${run} asks ${what}`);
    return giveAnswer(stores, question, answer, this.actor);
  }
}
