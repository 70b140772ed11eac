import { describe, expect, it } from 'vitest';
import { chooseQuotes, formatQuotes } from './extractive-answer.js';
import { type GroundingPassage, NO_ANSWER } from './grounding.js';

const texts: [title: string, headings: string[], text: string][] = [
  ['Billing', ['Paying an invoice'], 'You pay an open invoice by card under Settings > Billing.'],
  ['Billing', ['Late payment'], 'After 30 days the workspace becomes read-only. A late fee of 12 EUR is added.'],
  ['Plans', ['Contents'], 'The Team plan includes guest access. The Free plan does not include guest access.'],
  [
    'Plans',
    ['Prices'],
    '| Plan | Price per month | Seats |\n| --- | --- | --- |\n| Basic | 9 EUR | 2 |\n| Team | 29 EUR | 15 |\n| Business | 99 EUR | 60 |',
  ],
  ['FAQ', ['Is there a mobile app?'], 'Yes.'],
  [
    'Roles',
    ['Roles'],
    'There are three roles:\n\n- Owner: may do everything\n- Admin: manages members\n- Guest: reads',
  ],
  [
    'Company',
    [],
    'Lumen was founded in Utrecht in 2014. The company has 85 employees. Its office is near the station.',
  ],
  ['Files', ['Deleting files'], 'A deleted file goes to the trash, where it stays for 45 days.'],
  ['CLI', ['Installation'], '```sh\nnpm install --global lumen-cli\n```'],
];
const passages: GroundingPassage[] = texts.map(([title, headings, text], index) => ({
  id: index + 1,
  title,
  headings,
  text,
}));
const answer = (...questions: string[]): string => formatQuotes(chooseQuotes(questions, passages));

describe('a quote', () => {
  it.each(['How do I export an invoice?', 'How do I delete an invoice?', 'Can I rename an invoice?'])(
    'must contain the action asked about: %j',
    (question) => expect(answer(question)).toBe(NO_ANSWER),
  );

  it('can use other words than the question', () => {
    expect(answer('How do I pay a bill?')).toMatch(/^You pay an open invoice by card/);
    expect(answer('How long does a removed file stay in the trash?')).toMatch(/stays for 45 days/);
  });

  it('must match a negation in the question', () => {
    expect(answer('Which plan does not include guest access?')).toMatch(/Free plan does not include/);
    expect(answer('Which plan does not include seats?')).toBe(NO_ANSWER);
  });

  it.each([
    'How many seats does the Starter plan have?',
    'How much does the plan cost in 2031?',
    'How many employees does Acme have?',
  ])('must contain the name or number asked about: %j', (question) => expect(answer(question)).toBe(NO_ANSWER));

  it.each([
    ['How high is the late fee?', '12 EUR'],
    ['When was Lumen founded?', '2014'],
    ['How many employees does Lumen have?', '85 employees'],
  ])('has the required form: %j', (question, text) => expect(answer(question)).toContain(text));

  it.each(['How much does the office cost?', 'How often is a file deleted?', 'How many stations are near the office?'])(
    'must not have another form: %j',
    (question) => expect(answer(question)).toBe(NO_ANSWER),
  );

  it('can consist of stop words if the heading above asks the question', () => {
    expect(answer('Is there a mobile app?')).toBe('Yes. [5]');
    expect(answer('Is there a mobile phone?')).toBe(NO_ANSWER);
  });

  it('is found despite a misspelt word, but not a misspelt name', () => {
    expect(answer('How long does a deleted file stay in the trahs?')).toContain('45 days');
    expect(answer('How many seats does the Teem plan have?')).toBe(NO_ANSWER);
  });

  it('is code if the code is the answer', () => {
    expect(answer('How do I install lumen-cli?')).toBe('```sh\nnpm install --global lumen-cli\n```\n[9]');
  });
});

const from = (question: string, text: string, title = 'Handbook'): string =>
  formatQuotes(chooseQuotes([question], [{ id: 1, title, headings: [title], text }]));

describe('the subject of a quote', () => {
  const ships =
    'The Borealis was built in Gdansk. The Aurora will be sold. Captain Ingrid Solheim commands the Borealis.\n\n' +
    '| Ship | Built | Cars |\n| --- | --- | --- |\n| Aurora | 1998 | 80 |\n| Cassiopea | 2023 | 45 |';

  it.each([
    ['another name in its place', 'Who commands the Aurora?'],
    ['a number where a place is asked for', 'Where was the Cassiopea built?'],
    ['a name that no row has', 'When was the Dalia built?'],
  ])('must not be another one: %s', (_name, question) => expect(from(question, ships, 'Ships')).toBe(NO_ANSWER));

  it.each([
    ['Who commands the Borealis?', 'Ingrid Solheim'],
    ['When was the Cassiopea built?', '| Cassiopea | 2023 |'],
    ['How many cars does the Aurora take?', '| Aurora | 1998 | 80 |'],
  ])('can be that of the question: %j', (question, text) => expect(from(question, ships, 'Ships')).toContain(text));

  it.each([
    [
      'How many backups are kept?',
      'Backups are made every 6 hours and kept for 35 days.',
      'Backups are kept in 3 places.',
    ],
    ['How do I remove a hook?', 'Remove the argument from the hook.', 'You can remove a hook with `off`.'],
    [
      'Which errors can be thrown during verification?',
      'Possible errors thrown during verification.',
      'Verification throws the errors `E1` and `E2`.',
    ],
    ['What does the name option add?', 'Other options add colours.', 'The `name` option adds a field.'],
  ])('must match what is counted, done or said: %j', (question, other, right) => {
    expect(from(question, other)).toBe(NO_ANSWER);
    expect(from(question, right)).toContain(right);
  });

  it('must not be the same in many sections', () => {
    const sections = [1, 2, 3, 4, 5].map((id) => ({
      id,
      title: 'Logging',
      headings: [`Transport ${'abcde'.charAt(id - 1)}`],
      text: `A transport writes levels of the logger to place ${'pqrst'.charAt(id - 1)}.`,
    }));
    expect(formatQuotes(chooseQuotes(['Which levels does the logger have?'], sections))).toBe(NO_ANSWER);
  });
});

describe('a question', () => {
  it('is understood despite swapped letters in its question words', () => {
    const text = 'Type: number. The default limit is 12 files.';
    expect(from('Waht is the defualt limit?', text)).toContain('12 files');
  });

  it('in Chinese is matched by its subject', () => {
    const museum = '美术馆每天上午十点开门。学生门票十五元。馆内不能使用闪光灯。停车场有八十个车位。';
    expect(from('美术馆几点开门？', museum, '美术馆')).toContain('上午十点');
    expect(from('学生门票多少钱？', museum, '美术馆')).toContain('十五元');
    expect(from('停车场有多少车位？', museum, '美术馆')).toContain('八十');
    expect(from('美术馆的餐厅几点开门？', museum, '美术馆')).toBe(NO_ANSWER);
  });

  it('is answered by a heading without text below', () => {
    const headings = '# The office is in Berlin\n\n## The phone number is 4711 ##\n\nLunch is at noon\n-----';
    const ask = (question: string): string =>
      formatQuotes(chooseQuotes([question], [{ id: 1, title: 'Contact', headings: [], text: headings }]));
    expect(ask('Where is the office?')).toContain('The office is in Berlin');
    expect(ask('What is the phone number?')).toContain('The phone number is 4711');
    expect(ask('When is lunch?')).toContain('Lunch is at noon');
  });

  it('about a price does not require the word in the quote', () => {
    expect(from('What does a dog cost?', 'Dogs travel for 3 EUR and stay on a lead.')).toContain('3 EUR');
  });

  it('about a command is answered by it', () => {
    const text = 'Install the typings of another package first.\n\n```sh\nnpm install uuid\n```';
    expect(from('How do I install uuid?', text, 'uuid')).toContain('npm install uuid');
  });
});

describe('a complete answer', () => {
  it('has the header of a row', () => {
    expect(answer('How many seats does the Team plan have?')).toBe(
      '| Plan | Price per month | Seats | [4]\n| Team | 29 EUR | 15 | [4]',
    );
  });

  it('has all items of a list', () => {
    expect(answer('List all roles')).toBe(
      'There are three roles: [6]\n\n- Owner: may do everything [6]\n- Admin: manages members [6]\n- Guest: reads [6]',
    );
    for (const text of ['9 EUR', '29 EUR', '99 EUR']) expect(answer('List all plans with their price')).toContain(text);
  });

  it('covers both subjects of a comparison', () => {
    const compared = answer('Which plan is cheaper, Team or Business?');
    expect(compared).toContain('29 EUR');
    expect(compared).toContain('99 EUR');
    expect(answer('What is the difference between an admin and a guest?')).toBe(
      '- Admin: manages members [6]\n- Guest: reads [6]',
    );
    expect(answer('What is the difference between an admin and a robot?')).toBe(NO_ANSWER);
  });

  it('covers each part of a question, or names it as missing', () => {
    const both = answer('When was Lumen founded, and how many employees does it have?');
    expect(both).toContain('2014');
    expect(both).toContain('85 employees');
    expect(answer('When was Lumen founded, and who designed its logo?')).toMatch(
      /2014.*\n\nThe documents do not contain an answer to “who designed its logo\?”\.$/s,
    );
    expect(answer('Who designed the logo, and who printed it?')).toBe(NO_ANSWER);
  });

  it('takes the subject of a follow-up from the previous question', () => {
    expect(answer('What does the Team plan include?', 'And how many seats does it have?')).toContain(
      '| Team | 29 EUR | 15 |',
    );
  });
});

describe('the form of an answer', () => {
  const about = (text: string, question: string): string =>
    formatQuotes(chooseQuotes([question], [{ id: 1, title: 'Info', headings: [], text }]));

  it.each([
    ['Combien de temps dure un cours ?', 'Les cours ont lieu le mercredi 15 septembre.', 'Un cours dure 45 minutes.'],
    ['Combien de temps dure un cours ?', 'Le premier cours est gratuit.', 'Un cours dure deux heures.'],
    ['Wie lange dauert der Kurs?', 'Der Kurs beginnt am 3. Mai im Saal.', 'Der Kurs dauert drei Wochen.'],
    ['¿Cuánto tiempo dura el curso?', 'El curso empieza en la sala 4.', 'El curso dura tres semanas.'],
    [
      'Wie viele Filme hat die Bibliothek?',
      'Filme der Bibliothek leiht man eine Woche.',
      'Die Bibliothek hat 900 Filme.',
    ],
    [
      'Combien de films a la bibliothèque ?',
      'La bibliothèque prête les films deux jours.',
      'La bibliothèque a 900 films.',
    ],
    [
      '¿Cuántas películas tiene la biblioteca?',
      'La biblioteca tiene películas.',
      'La biblioteca tiene cien películas.',
    ],
    ['كم عدد الكتب في المكتبة؟', 'يمكن استعارة الكتب من المكتبة لمدة ثلاثة أسابيع.', 'عدد الكتب في المكتبة ٩٠٠ كتاب.'],
  ])('%s', (question, other, right) => {
    expect(about(other, question)).toBe(NO_ANSWER);
    expect(about(right, question)).toBe(`${right} [1]`);
  });

  it.each([
    ['How long does a request take?', 'A client sends many requests per minute, and a request takes its turn.'],
    ['How many plans does Acme have?', 'The plans of Acme are billed once.'],
    ['¿Cuántas mesas tiene el restaurante?', 'El restaurante con mesas abre 3 horas.'],
  ])('is not met by a word that means something else: %s', (question, text) => {
    expect(about(text, question)).toBe(NO_ANSWER);
  });

  it('counts units of time if the question does', () => {
    expect(about('Der Kurs hat 12 Stunden.', 'Wie viele Stunden hat der Kurs?')).toBe('Der Kurs hat 12 Stunden. [1]');
  });

  it('compares two things that share their words only where both are named', () => {
    const question = 'What is the difference between http and https?';
    expect(about('The HTTP method is different if the HTTP server says so. See https://example.com.', question)).toBe(
      NO_ANSWER,
    );
    const both = 'Unlike http, https encrypts what is sent.';
    expect(about(both, question)).toBe(`${both} [1]`);
  });
});
