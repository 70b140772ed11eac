/** English stop words. `stopwords-iso` serves all other languages; its English list contains meaningful words. */
export const ENGLISH_STOP_WORDS = (
  'a about above again against all also am an and another any are aren as at be because been being below between both ' +
  'but by came can cannot come could couldn d did didn do does doesn doing don down during each either etc few for ' +
  'from further get gets got had hadn has hasn have haven having he her here hers herself him himself his how however ' +
  'i if in into is isn it its itself just let like ll m many may me might mine more most much must my myself of off on ' +
  'once only onto or other our ours ourselves out over own per please re s same shall she should shouldn so some such ' +
  't than that the their theirs them themselves then there these they this those through thus to too under until up ' +
  'upon us ve very via was wasn we were weren what when where whether which while who whom whose why will with within ' +
  'won would wouldn yes yet you your yours yourself yourselves e.g i.e'
).split(' ');

const words = (list: string): string[] => list.split(' ');

/** Words of the lists that people ask about. */
export const CONTENT_WORDS: Record<string, string[]> = {
  de: words(
    'beispiel ernst jahr jahre jahren mensch menschen recht tag tage tagen tags teil uhr zeit zwei drei vier fünf sechs sieben acht neun zehn',
  ),
  es: words(
    'cuenta dia dias día días ejemplo empleo empleos general horas lugar segundo tiempo total trabajo trabajar trabajan uso usar dos tres cuatro cinco',
  ),
  fr: words('deux trois quatre cinq six sept huit neuf dix juste mot parole personne possible'),
  it: words('anni anno casa città età giorni giorno lavoro ora ore paese persone posto tempo ultimo due tre'),
  nl: words('buiten dag jaar tijd uur eerste laatste werk'),
  pt: words(
    'ano anos contas dia dias dois exemplo fim grupo horas local lugar parte tempo valor valores trabalho três quatro cinco',
  ),
  pl: words('dzień dni godz lat rok roku razie pan pani'),
  tr: words('iki üç dört beş altı yedi sekiz dokuz on yer'),
  ru: words('время год года день дня жизнь люди место первый два три человек'),
  th: words('วัน ราย ส่ง เปิด รับ'),
};

/** Question words that the lists lack. */
export const FURTHER_STOP_WORDS: Record<string, string[]> = {
  de: words('wann warum wer wem wen wessen wie wieso wofür womit worin wozu lange gibt'),
  es: words('qué quién quiénes dónde cuándo cómo cuánto cuántos puedo puede pueden'),
  fr: words('comment combien pourquoi quand où quoi peut peux faut'),
  it: words('quando quanto quanti perché dove chi cosa posso può possono'),
  pt: words('quando quanto quantos onde quem qual posso pode podem'),
  nl: words('wanneer waarom hoe hoeveel waar wie welke kan'),
  ja: words('いつ いくら いくつ だれ 誰 なぜ です ます まし でし ません ですか ください 何 どう どんな'),
  th: words('ที่ไหน เมื่อไร เมื่อไหร่ ใคร ทำไม กี่ เท่าไร เท่าไหร่ ไหน อย่างไร คืออะไร ไหม'),
};
