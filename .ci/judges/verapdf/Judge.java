// Validates PDFs with veraPDF: PDF/A-3a and PDF/UA-1, both asked for by name,
// whatever the file claims to be. One JVM for all files, one thread per core.
//
//     java -cp <class path of pom.xml> Judge.java FILE.pdf…      (or - : names on standard input)
//
// Prints `FILE: FLAVOUR clause-test ×count: what the rule asks` for every broken rule
// and ends with a line of counts. Exit 1 when any file breaks a rule or cannot be read.

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.RuleId;

public class Judge {
    static final List<PDFAFlavour> FLAVOURS = List.of(PDFAFlavour.PDFA_3_A, PDFAFlavour.PDFUA_1);

    public static void main(String[] args) throws Exception {
        Logger.getLogger("").setLevel(Level.SEVERE);
        VeraGreenfieldFoundryProvider.initialise();
        List<String> files = args.length == 1 && args[0].equals("-") ? standardInput() : Arrays.asList(args);
        if (files.isEmpty()) {
            System.out.println("verapdf: no PDF was given");
            System.exit(1);
        }
        ExecutorService workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        List<Future<List<String>>> verdicts = new ArrayList<>();
        for (String file : files) {
            verdicts.add(workers.submit(() -> validate(file)));
        }
        int failed = 0;
        for (Future<List<String>> verdict : verdicts) {
            List<String> lines = verdict.get();
            lines.forEach(System.out::println);
            failed += lines.isEmpty() ? 0 : 1;
        }
        workers.shutdown();
        System.out.println("verapdf: " + files.size() + " PDFs against " + FLAVOURS + ", " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    /** What is wrong with one file; nothing when it conforms. */
    static List<String> validate(String file) {
        List<String> lines = new ArrayList<>();
        for (PDFAFlavour flavour : FLAVOURS) {
            try (PDFAParser parser = Foundries.defaultInstance().createParser(new File(file), flavour);
                    // -1: every failed check is counted, not only the first ones.
                    PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, -1, false, true, false)) {
                ValidationResult result = validator.validate(parser);
                for (Map.Entry<String, Integer> rule : failures(result).entrySet()) {
                    lines.add(file + ": " + flavour + " " + rule.getKey().replaceFirst("\t", " ×" + rule.getValue() + ": "));
                }
                if (!result.isCompliant() && lines.isEmpty()) {
                    lines.add(file + ": " + flavour + " not compliant (" + result.getJobEndStatus() + ")");
                }
                if (result.getTotalAssertions() == 0) {
                    lines.add(file + ": " + flavour + " no rule was checked");
                }
            } catch (Exception | LinkageError fault) {
                lines.add(file + ": " + flavour + " could not be validated: " + fault);
            }
        }
        return lines;
    }

    static Map<String, Integer> failures(ValidationResult result) {
        Map<String, Integer> counts = new TreeMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                RuleId rule = assertion.getRuleId();
                counts.merge(rule.getClause() + "-" + rule.getTestNumber() + "\t" + assertion.getMessage(), 1, Integer::sum);
            }
        }
        return counts;
    }

    static List<String> standardInput() throws Exception {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
    }
}
