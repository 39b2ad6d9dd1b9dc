/**
 * Fails for a dependency with a known advisory that is high or critical:
 * `npm run check:advisories`. Where the registry answers no audits, that is
 * printed, and nothing is known.
 */
import { spawnSync } from 'node:child_process';

interface Audit {
  metadata?: { vulnerabilities: Record<string, number> };
  message?: string;
}

const GRAVE = ['high', 'critical'];

function main(): number {
  const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' });
  const { metadata, message = 'npm gave no reason' }: Audit = JSON.parse(stdout || '{}');
  if (metadata === undefined) {
    console.log(`skipped: the registry answers no audit: ${message}`);
    return 0;
  }
  const found = Object.entries(metadata.vulnerabilities).filter(([, count]) => count > 0);
  console.log(`advisories: ${found.map(([grade, count]) => `${count} ${grade}`).join(', ') || 'none'}`);
  return found.some(([grade]) => GRAVE.includes(grade)) ? 1 : 0;
}

process.exitCode = main();
