import { describe, expect, it } from 'vitest';
import { languageOf } from './language.js';

const SENTENCES: Record<string, string[]> = {
  en: ['The café opens at nine.', 'Goods can be returned soon.', 'Where does the train leave?'],
  zh: ['咖啡馆上午九点开门。', '商品可以在三十天内退货。'],
  hi: ['दुकान सुबह नौ बजे खुलती है।', 'सामान वापस किया जा सकता है।', 'वह हर शाम किताबें पढ़ती है।'],
  es: ['La tienda abre a las nueve.', 'Ella lee libros cada tarde.', 'La garantía dura dos años.'],
  ar: ['يفتح المتجر في الساعة التاسعة.', 'يمكن إرجاع البضائع خلال شهر.'],
  fr: ['Le magasin ouvre à neuf heures.', 'Elle lit des livres souvent.'],
  bn: ['দোকানটি সকাল নয়টায় খোলে।', 'পণ্য ফেরত দেওয়া যেতে পারে।'],
  pt: ['A loja abre às nove horas.', 'Os produtos podem ser devolvidos.', 'De onde parte o comboio?'],
  ru: ['Магазин открывается в девять утра.', 'Товар можно вернуть в магазин.'],
  ur: ['دکان صبح نو بجے کھلتی ہے۔', 'سامان واپس کیا جا سکتا ہے۔'],
  id: ['Toko buka pukul sembilan pagi.', 'Barang dapat dikembalikan dalam sebulan.'],
  de: ['Der Laden öffnet um neun.', 'Sie liest jeden Abend Bücher.', 'Die Garantie gilt zwei Jahre.'],
  ja: ['店は午前九時に開きます。', '商品は返品できます。'],
  mr: ['दुकान सकाळी नऊ वाजता उघडते.', 'माल परत केला जाऊ शकतो.', 'रेल्वे कुठून सुटते आहे आज?'],
  vi: ['Cửa hàng mở lúc chín giờ.', 'Cô ấy đọc sách mỗi tối.'],
  te: ['దుకాణం ఉదయం తొమ్మిదికి తెరుచుకుంటుంది.', 'వస్తువులను తిరిగి ఇవ్వవచ్చు.'],
  tr: ['Dükkan sabah saat dokuzda açılır.', 'O her akşam kitap okur.'],
  ta: ['கடை காலை ஒன்பது மணிக்கு திறக்கும்.', 'பொருட்களை திருப்பி அனுப்பலாம்.'],
  ko: ['가게는 아침 아홉 시에 엽니다.', '상품은 반품할 수 있습니다.'],
  it: ['Il negozio apre alle nove.', 'Da dove parte il treno?', 'La garanzia dura due anni.'],
  tl: ['Bukas ang tindahan tuwing alas-nuwebe.', 'Maaaring ibalik ang mga produkto.'],
  fa: ['فروشگاه ساعت نه صبح باز می‌شود.', 'او هر شب کتاب می‌خواند.'],
  sw: ['Duka hufunguliwa saa tatu asubuhi.', 'Bidhaa zinaweza kurudishwa ndani ya mwezi.'],
  ha: ['Ana buɗe shago da safe.', 'Za a iya mayar da kaya.'],
  pa: ['ਦੁਕਾਨ ਸਵੇਰੇ ਨੌਂ ਵਜੇ ਖੁੱਲ੍ਹਦੀ ਹੈ।'],
  th: ['ร้านเปิดเก้าโมงเช้า'],
};

describe('languageOf', () => {
  it.each(Object.entries(SENTENCES))('detects %s from five words', (language, sentences) => {
    expect(sentences.map((sentence) => languageOf(`${sentence} [1]`))).toEqual(sentences.map(() => language));
  });

  it.each([
    '',
    '4711',
    'OK',
    'Yes.',
    '[1]',
    'Paris',
    '42 %',
    '11:30 - 12:45',
    'https://example.com/a/long/path',
    'someone@example.com',
    '`const a = b.map(x => x.id)`',
    '```\nSELECT * FROM users\n```',
    'asdf qwer zxcv',
    'PostgreSQL Redis Node Docker Kubernetes',
    'Anna Müller, Peter Schmidt',
    '😀😀😀',
  ])('is unsure of %j', (text) => expect(languageOf(text)).toBeNull());
});
