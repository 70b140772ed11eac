import { startApp, type TestApp } from './app.js';
import { MailServer } from './mail-server.js';

/** A server whose mails are received. */
export interface MailedApp extends TestApp {
  mailServer: MailServer;
}

export async function startMailedApp(variables: Record<string, string> = {}): Promise<MailedApp> {
  const mailServer = await MailServer.start();
  const app = await startApp({ ...mailServer.variables, ...variables });
  return {
    ...app,
    mailServer,
    close: async () => {
      await app.close();
      await mailServer.down();
    },
  };
}
