/** What the store of conversations refuses, in words. */
import { SpellError } from '../base/errors.js';

export function conversationNotFound(session: string, id: string): SpellError {
  const message = `session ${JSON.stringify(session)} has no conversation ${JSON.stringify(id)}`;
  return new SpellError('CONVERSATION_NOT_FOUND', message, {
    hint: 'See Session.listConversations(id) in Lua for those that it has.',
    key: 'conversation',
    details: { session, conversation: id },
  });
}

export function messageNotFound(session: string, id: string): SpellError {
  const message = `session ${JSON.stringify(session)} has no message ${JSON.stringify(id)}`;
  return new SpellError('MESSAGE_NOT_FOUND', message, {
    hint: 'See Session.history(id) in Lua for the messages that it has.',
    details: { session, message: id },
  });
}
