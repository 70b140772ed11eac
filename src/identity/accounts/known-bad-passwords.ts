import { invalidField } from '../../platform/errors/index.js';
import { normalizePassword } from '../../platform/text/index.js';

/** Leaked passwords of ten or more characters, from the top of published lists. Shorter passwords are rejected anyway. */
const LEAKED = new Set(
  `0123456789 1111111111 1122334455 1212121212 123123123123 1234512345 123456123456 1234567890 12345678900 12345678901
   1234567891 12345678910 123456789a 123456789q 1234567899 1234qwerasdf 147258369a 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y
   1qaz2wsx3edc 1qazxsw23edc 2222222222 5555555555 7777777777 9876543210 9999999999 a123456789 aa12345678 abc1234567
   abcd123456 abcdefghij administrator asdasdasdasd asdf123456 asdfasdfasdf asdfghjkl1 asdfghjkl; basketball charlie123
   changeme123 chocolate1 computer123 correcthorsebatterystaple dragon1234 football123 greatday123 hello12345
   iloveyou12 iloveyou123 iloveyou1234 letmein123 letmein1234 liverpool1 manchester manchester1 master1234 mynoob1234
   passw0rd123 password00 password01 password10 password11 password12 password123 password1234 password12345
   password123456 password2 password21 password99 passwordpassword pokemon123 princess12 princess123 q1w2e3r4t5
   q1w2e3r4t5y6 qazwsxedcrfv qwer123456 qwerasdfzxcv qwertyuiop qwertyuiop1 qwerty1234 qwerty12345 qwerty123456
   qwerty123456789 secret1234 september1 shopping123 spiderman1 starwars123 strawberry strawberry1 sunshine123 superman123
   test123456 testing123 testtest123 tinkerbell trustno1234 welcome123 welcome1234 westbrom123 whatever123 xbox360live
   zaq12wsxcde3 zxcvbnm123 zxcvbnm1234 zzzzzzzzzz`.split(/\s+/),
);

/** Whether attackers try this password first: a leaked one, one repeated character, a simple run, or the account's own name. */
export function isKnownBadPassword(password: string, email: string): boolean {
  const folded = normalizePassword(password).toLowerCase();
  const account = email.toLowerCase();
  return (
    LEAKED.has(folded) ||
    /^(.{1,3})\1+$/su.test(folded) ||
    isRun(folded) ||
    folded === account ||
    folded === account.split('@', 1)[0]
  );
}

/** @throws ApiError VALIDATION_ERROR that names the field */
export function refuseKnownBad(field: string, password: string, email: string): void {
  if (isKnownBadPassword(password, email))
    throw invalidField(field, 'must not be a common, leaked or easily guessed password');
}

const isRun = (text: string): boolean =>
  ['0123456789012345678901234567890', 'abcdefghijklmnopqrstuvwxyz'].some(
    (run) => run.includes(text) || [...run].reverse().join('').includes(text),
  );
