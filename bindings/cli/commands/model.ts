/** `llmspell model list` */
import type { HostValue } from '../../../runtime/base/value.js';
import type { ProviderView } from '../../../runtime/llm-api.js';
import type { ListedModel } from '../../../runtime/provider/language-models.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { type Options, usageError } from '../option.js';
import { type Column, tableText } from '../render/table.js';

export async function listModels(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const needs = await needsOption(options);
  const wanted = options.text('provider');
  const { providers, models } = await withRuntime(invocation, async ({ llm, services }) => {
    if (wanted !== undefined) (await services.models()).registry.get(wanted);
    const listed = (await llm.models()).filter(
      ({ servedBy }) =>
        (options.flag('all') || servedBy !== null) && (wanted === undefined || servedBy === wanted),
    );
    const fit: ListedModel[] = [];
    for (const model of listed) {
      if ((await llm.validateForTask(needs, { model: model.name })).ok) fit.push(model);
    }
    return { providers: await llm.providers(), models: fit };
  });
  const data = {
    items: models.map(modelView),
    next: null,
    providers: providers.map(providerView),
  };
  await terminal.result(data, async () => {
    for (const { name, apiKeyEnv, hasKey } of providers) {
      if (!hasKey) terminal.note(`${name}: the environment variable ${apiKeyEnv} is not set`);
    }
    if (models.length > 0) return terminal.out(tableText(models, COLUMNS, await terminal.paint(1)));
    const hint = providers.length === 0 ? '; no provider is configured, --all lists more' : '';
    terminal.note(`no models${hint}`);
  });
  return EXIT_OK;
}

/** `--needs vision`, `--needs context_window=32000`. */
async function needsOption(options: Options): Promise<Record<string, boolean | number>> {
  const { requirementNames } = await import('../../../runtime/provider/requirements.js');
  const needs: Record<string, boolean | number> = {};
  for (const text of options.texts('needs')) {
    const [name = '', amount] = text.split('=');
    const number = Number(amount);
    if (!requirementNames().includes(name) || (amount !== undefined && Number.isNaN(number))) {
      throw usageError(
        `option '--needs' must be a requirement, got ${JSON.stringify(text)}`,
        `Known: ${requirementNames().join(', ')}; amounts are written like context_window=32000.`,
      );
    }
    needs[name] = amount === undefined ? true : number;
  }
  return needs;
}

const COLUMNS: readonly Column<ListedModel>[] = [
  { title: 'MODEL', text: ({ name }) => name },
  { title: 'PROVIDER', text: ({ servedBy, provider }) => servedBy ?? `(${provider ?? 'none'})` },
  { title: 'CONTEXT', align: 'right', text: ({ contextWindow }) => amountText(contextWindow) },
  { title: 'OUTPUT', align: 'right', text: ({ maxOutput }) => amountText(maxOutput) },
  { title: 'IN $/M', align: 'right', text: ({ inputPrice }) => amountText(inputPrice) },
  { title: 'OUT $/M', align: 'right', text: ({ outputPrice }) => amountText(outputPrice) },
  { title: 'CAN', text: abilitiesText },
];

function amountText(amount: number | undefined): string {
  return amount === undefined ? '?' : String(amount);
}

function abilitiesText({ vision, tools, json, reasoning }: ListedModel): string {
  const abilities = Object.entries({ vision, tools, json, reasoning });
  return abilities.flatMap(([name, has]) => (has === true ? [name] : [])).join(' ');
}

function modelView(model: ListedModel): HostValue {
  return {
    name: model.name,
    provider: model.servedBy,
    context_window: model.contextWindow ?? null,
    max_output: model.maxOutput ?? null,
    vision: model.vision ?? null,
    tools: model.tools ?? null,
    json: model.json ?? null,
    reasoning: model.reasoning ?? null,
    input_price: model.inputPrice ?? null,
    output_price: model.outputPrice ?? null,
    cached_input_price: model.cachedInputPrice ?? null,
    source: model.source ?? null,
    checked: model.checked ?? null,
  };
}

function providerView(provider: ProviderView): HostValue {
  return {
    name: provider.name,
    type: provider.type,
    base_url: provider.baseUrl,
    default_model: provider.defaultModel,
    api_key_env: provider.apiKeyEnv,
    has_key: provider.hasKey,
    default: provider.isDefault,
    fallback: [...provider.fallback],
  };
}
