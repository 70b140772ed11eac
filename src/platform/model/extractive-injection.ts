import { splitBlocks } from '../text/index.js';

/** Any text that addresses a model contains one of these; most passages contain none. */
const HINTS =
  /ignor|disregard|forget|override|bypass|assistant|system|developer|\bAI\b|language model|chatbot|\bbot\b|\bLLM\b|GPT|<\||\[\/?INST|<<\/?SYS|###|from now on|asked|you (?:must|should|shall|have to|will)|instruction|prompt|pretend|\bKI\b|sprachmodell|vergiss|oublie|tant qu|olvid|como |negeer|talimat|istruzion|игнор|忽略|无视|作为|無視|として|تجاهل|무시|निर्देश/iu;

/** How texts address a model instead of a reader. Each pattern has a bounded length, so that matching stays linear. */
const PATTERNS = [
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|other|these|your)\b.{0,40}\b(?:instructions?|prompts?|rules?|directions?|guidelines?|context|messages?|commands?)\b/isu,
  /\b(?:ignore|disregard|forget)\b.{0,20}\b(?:instructions?|prompts?|rules?|directions?|guidelines?|everything)\b.{0,20}\b(?:above|before|given|earlier|told)\b/isu,
  /^\W{0,4}(?:AI |virtual )?assistant\W{0,3}:/iu,
  /^\W{0,4}(?:system|developer)(?: prompt| message| note| override)?\W{0,3}:.{0,300}\b(?:you|your|answer|respond|reply|ignore|say|tell)\b/isu,
  /\bas an? (?:AI|artificial intelligence|(?:large )?language model|LLM|chatbot)\b/iu,
  /\byou are (?:now )?(?:an? |the )?(?:\p{L}+ ){0,3}(?:AI|assistant|chatbot|language model|LLM|bot|GPT|DAN)\b/iu,
  /\byou are now (?:in|running)\b.{0,40}\bmode\b/iu,
  /<\|[a-z_]{1,30}\|>|\[\/?INST\]|<<\/?SYS>>|^\W{0,6}#{2,}\s*(?:instruction|system|response)s?\b/imu,
  /^(?:new |important )?instructions? ?:|\bnew instructions? ?:|\b(?:system|hidden|initial) prompt ?:/iu,
  /\b(?:note|message|instructions?|attention|important)\b.{0,3}\b(?:to|for) (?:the |any |all |an )?(?:AI|assistant|model|LLM|chatbot|bot|language model)s?\b/iu,
  /\b(?:when|if|whenever) (?:you are |you're )?asked\b.{0,120}\b(?:answer|say|reply|respond|claim|tell)\b.{0,12}\b(?:that|them|him|her|the user)\b/isu,
  /\byou (?:must|should|shall|will|have to)(?: always| only| now)? (?:say|answer|respond|reply|claim|pretend|insist) that\b/iu,
  /\b(?:always|only) (?:answer|respond|reply|say)(?: that| with the| ?:|,? ["“'])/iu,
  /\bfrom now on,? (?:you\b|always\b|answer\b|respond\b|reply\b)/iu,
  /\b(?:reveal|print|show|repeat|output|leak)(?: me)? (?:your|the) (?:system |hidden |initial |secret )?(?:prompt|instructions)\b/iu,
  /\bpretend (?:to be|that you|you are)\b/iu,
  /\bignorier\p{L}*\b.{0,60}(?:anweisung|instruktion|befehl|regel|vorgabe)|\bvergiss\b.{0,60}(?:anweisung|instruktion|regel)/isu,
  /\bals (?:KI\b|künstliche intelligenz|sprachmodell|KI-)|\bdu bist (?:jetzt|nun|ab jetzt) /iu,
  /\b(?:ignore[zr]?|oublie[zr]?)\b.{0,60}(?:instruction|consigne|directive|règle)/isu,
  /\ben tant qu.{1,3}(?:IA\b|intelligence artificielle|modèle de langage|assistant)/iu,
  /\b(?:ignor[ae]d?|olvid[ae]d?)\b.{0,60}(?:instrucciones|indicaciones|órdenes|reglas|instruções|istruzioni)/isu,
  /\bcomo (?:una? |um )?(?:IA\b|inteligencia artificial|inteligência artificial|modelo de l)/iu,
  /\bnegeer\b.{0,60}(?:instructies|opdrachten|regels)|talimatlar.{0,30}(?:yok say|unut|görmezden)/isu,
  /игнорир\p{L}*.{0,60}(?:инструкц|указан|правил)|как (?:ИИ|языковая модель)/isu,
  /(?:忽略|无视|無視し).{0,20}(?:指令|指示|说明|說明|规则|規則)|(?:指示|命令|指令|ルール).{0,10}無視/su,
  /作为.{0,8}(?:人工智能|语言模型|AI)|(?:AI|言語モデル)(?:アシスタント)?として/iu,
  /تجاهل.{0,40}(?:التعليمات|الأوامر|السابقة)/su,
  /(?:지시|명령).{0,10}무시|निर्देश.{0,30}(?:अनदेखा|उपेक्षा|नज़रअंदाज़)/su,
];

/** Whether a text addresses a language model. Such text is never an answer. */
export function addressesModel(text: string): boolean {
  if (!HINTS.test(text)) return false;
  // Zero-width characters could hide a word.
  const visible = text.replace(/\p{Cf}/gu, '');
  return PATTERNS.some((pattern) => pattern.test(visible));
}

/**
 * Returns a function: whether `text[start, end)` addresses a model or follows such a sentence in its block. Call it in
 * ascending order.
 */
export function addressed(text: string): (start: number, end: number) => boolean {
  if (!HINTS.test(text)) return () => false;
  const blocks = splitBlocks(text);
  let place = 0;
  let tainted = -1;
  return (start, end) => {
    while ((blocks[place]?.end ?? Infinity) <= start) place++;
    if (addressesModel(text.slice(start, end))) tainted = place;
    return tainted === place;
  };
}
