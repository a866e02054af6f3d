/** The public interface of the package. */
export type { Config } from '../../config/config.js';
export type {
  Artifact,
  ArtifactTotals,
  QueryArtifactsOptions,
  StoreArtifactOptions,
  StoreDataOptions,
  StoreFileOptions,
} from '../../runtime/artifact-api.js';
export type { CompactOptions, ProviderMessages } from '../../runtime/ask-api.js';
export type {
  AskOptions,
  PromptContent,
  ProviderOption,
  SessionAskOptions,
  TokenInfo,
  ToolLoopOptions,
  ToolOption,
  WantedCall,
} from '../../runtime/ask-options.js';
export { type ErrorCode, EXIT_STATUS, SpellError } from '../../runtime/base/errors.js';
export type { Redact, RedactPlace } from '../../runtime/base/redactor.js';
export { Float, type PlainValue, type Value, type ValueMap } from '../../runtime/base/value.js';
export type { ContentStats } from '../../runtime/content/content-stats.js';
export type { OverflowPolicy } from '../../runtime/conversation/parameters.js';
export type {
  Conversation,
  ConversationGraph,
  HistoryQuery,
  HistoryStretch,
  HistoryViewOptions,
  InitialPromptOptions,
  Message,
  MessageContent,
  NewMessage,
  StartConversationOptions,
} from '../../runtime/conversation-api.js';
export type { CreateSessionOptions, SessionModelOptions } from '../../runtime/create-options.js';
export type {
  BaseResponse,
  Metadata,
  ModelSettings,
  Problem,
  SessionData,
  Summary,
} from '../../runtime/detail-api.js';
export {
  type CompactResult,
  GenerateResponse,
  type MadeCall,
  type ResponseUsage,
} from '../../runtime/generate-response.js';
export type { AccessRequest, Authorize } from '../../runtime/host/access.js';
export type { OperationTime } from '../../runtime/host/operation-times.js';
export type { RuntimeStats } from '../../runtime/index.js';
export type { KeptCheckpoint, KeptRun, KeptUsage, KeptWait } from '../../runtime/kept-run.js';
export type { ModelChoice, ProviderView } from '../../runtime/llm-api.js';
export type { LlmInterface } from '../../runtime/llm-interface.js';
export type { LlmOptions, LlmRequest, LlmRequestFields } from '../../runtime/llm-request.js';
export type {
  AnsweredQuestion,
  ApprovalAnswer,
  OpenQuestion,
} from '../../runtime/open-question.js';
export {
  type AgentChecks,
  type ChatIo,
  type ConnectivityCheck,
  type ConnectivityLimits,
  type ExecuteRequest,
  type ExecuteResult,
  type HookedModel,
  ModelType,
  type Monitor,
  monitors,
  type ResourceCheck,
  type ResourceLimits,
  type RoutingDecision,
} from '../../runtime/orchestration-api.js';
export {
  type PageOf,
  type Session,
  SessionPage,
  type SessionTimes,
} from '../../runtime/program-session.js';
export type {
  Prompt,
  PromptCondition,
  PromptResult,
  PromptResults,
  PromptSource,
  RetryOptions,
} from '../../runtime/prompt.js';
export type {
  ExecutedPrompt,
  ExecutedPrompts,
  ExecutionStatus,
  GroupStatus,
  ParallelOptions,
  PromptOptions,
} from '../../runtime/prompt-api.js';
export type { PromptLoader } from '../../runtime/prompt-loader.js';
export type { LanePlaces, ListedModel } from '../../runtime/provider/language-models.js';
export {
  type ImagePart,
  type Message as ModelMessage,
  MessageRole,
  type Part,
  type ReasoningPart,
  type Role,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from '../../runtime/provider/message.js';
export type {
  FailedAttempt,
  GenerateOptions,
  GenerateRequest,
} from '../../runtime/provider/model-call.js';
export { ModelRegistry } from '../../runtime/provider/model-registry.js';
export type { KnownModel, ModelFacts } from '../../runtime/provider/model-table.js';
export type {
  Attempt,
  Delta,
  FinishReason,
  ModelRequest,
  ModelResponse,
  Provider,
  ResponseFormat,
  ToolChoice,
  ToolSpec,
  Usage,
} from '../../runtime/provider/provider.js';
export type { Fitness, Requirements } from '../../runtime/provider/requirements.js';
export type { ComparedCall, ReplayDivergence } from '../../runtime/replay-divergence.js';
export type { OnQuestion } from '../../runtime/respondents.js';
export type { ResponseStream } from '../../runtime/response-stream.js';
export type { RunDifference } from '../../runtime/run/compare.js';
export type { LogEntry, Logger, LogLevel } from '../../runtime/run/log-entry.js';
export type { Run } from '../../runtime/run/run.js';
export type { OutputText, RunError, RunEvent, RunStatus } from '../../runtime/run/run-event.js';
export type { RunOutcome, RunUsage } from '../../runtime/run/run-outcome.js';
export { readScript, type Script, scriptFromSource } from '../../runtime/run/script.js';
export type { ReplayReport } from '../../runtime/run-api.js';
export type {
  Amount,
  ExportOptions,
  ImportOptions,
  PruneReport,
  PruneRunsOptions,
  RunArchive,
  RunProblem,
  RunVerification,
  StorageStats,
} from '../../runtime/run-archive.js';
export type {
  ForkRunOptions,
  ReplayRunOptions,
  ResumeRunOptions,
  RunOptions,
} from '../../runtime/run-options.js';
export type { AnswerOptions } from '../../runtime/run-questions.js';
export type { WatchRunsOptions } from '../../runtime/run-watch.js';
export type { SessionStatus } from '../../runtime/session/lifecycle.js';
export type { SessionStats } from '../../runtime/session/session-store.js';
export type { Checkpoint, ListSessionsOptions } from '../../runtime/session-api.js';
export type { SessionCall, SessionEvent } from '../../runtime/session-audit.js';
export type { CleanUpOptions } from '../../runtime/session-care.js';
export type { SessionFormat } from '../../runtime/session-transfer.js';
export type {
  Backend as StorageBackend,
  BackendFeatures as StorageFeatures,
  Batch as StorageBatch,
  Entry as StorageEntry,
  Precondition as StoragePrecondition,
  Range as StorageRange,
  Write as StorageWrite,
} from '../../runtime/storage/storage.js';
export type { ArgumentsOf } from '../../runtime/tool/arguments-of.js';
export type { Envelope } from '../../runtime/tool/envelope.js';
export type { StandardSchema } from '../../runtime/tool/standard-schema.js';
export {
  defineTool,
  type JsonSchema,
  type StandardToolDefinition,
  type Tool,
  type ToolContext,
  type ToolDefinition,
  type ToolEffect,
  type ToolSettings,
} from '../../runtime/tool/tool.js';
export type { ExecuteToolOptions, ToolResult } from '../../runtime/tool-api.js';
export type {
  CopySessionOptions,
  ImportOptions as ImportSessionOptions,
  LoadFileOptions,
  MergeSessionsOptions,
} from '../../runtime/transfer-api.js';
export { ConfigError, NotInitializedError } from './error-kinds.js';
export { type ConfigTables, type LoadConfigOptions, loadConfig } from './load-config.js';
export { openaiProvider, scriptedProvider } from './own-providers.js';
export { type OpenOptions, Runtime } from './runtime.js';
export { SessionManager, type SessionManagerOptions } from './session-manager.js';
