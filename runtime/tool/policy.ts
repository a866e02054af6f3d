/** Policy is what the configuration's `[runtime.security]` opens: folders for files, hosts, and tools by name. */
export { FilePolicy, type FileRoots } from './file-policy.js';
export { type Host, NetworkPolicy } from './network-policy.js';
export { ToolPolicy, type ToolRules } from './tool-policy.js';
