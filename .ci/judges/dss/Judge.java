// Validates the signatures of an archive with the European Commission's DSS, in one JVM.
//
//     signatures.py OUT | java -cp <class path of pom.xml> Judge.java ANCHOR.pem…
//
// Reads lines `SIGNATURE <tab> CONTENT`. Each signature must be one CAdES-BASELINE signature, intact and valid,
// with a chain to an anchor, validated at its signing time under DSS's default policy for AdES. INDETERMINATE is
// accepted for one reason only: no revocation data. Prints a count for each verdict. Some are offered again with a
// changed byte and must be TOTAL_FAILED.

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CertificateVerifier;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

public class Judge {
    static final String NO_REVOCATION_DATA = "BBB_XCV_IRDPFC_ANS";
    /** What DSS adds above any open question on a certificate. */
    static final String NOT_CONCLUSIVE = "BBB_XCV_SUB_ANS";

    public static void main(String[] args) throws Exception {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (String anchor : args) {
            DSSUtils.loadCertificateFromP7c(Files.newInputStream(Path.of(anchor))).forEach(anchors::addCertificate);
        }
        List<String[]> pairs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                .lines().map(line -> line.split("\t")).toList();
        int failed = 0;
        int offered = 0;
        int every = Math.max(1, pairs.size() / 12);
        Map<String, Integer> verdicts = new TreeMap<>();
        for (int i = 0; i < pairs.size(); i++) {
            DSSDocument signature = new FileDocument(new File(pairs.get(i)[0]));
            Reports reports = validate(signature, new FileDocument(new File(pairs.get(i)[1])), anchors);
            SimpleReport report = reports.getSimpleReport();
            String id = report.getFirstSignatureId();
            verdicts.merge(verdict(report, id) + " " + report.getSignatureFormat(id), 1, Integer::sum);
            String fault = fault(reports);
            if (fault != null) {
                System.out.println(pairs.get(i)[0] + ": " + fault);
                failed++;
            }
            if (i % every == 0) {
                offered++;
                byte[] data = Files.readAllBytes(Path.of(pairs.get(i)[1]));
                data[data.length / 2] ^= 1;
                SimpleReport forged = validate(signature, new InMemoryDocument(data, "form.pdf"), anchors).getSimpleReport();
                if (forged.getIndication(forged.getFirstSignatureId()) != Indication.TOTAL_FAILED) {
                    System.out.println(pairs.get(i)[0] + ": not TOTAL_FAILED with a changed content");
                    failed++;
                }
            }
        }
        System.out.println(verdicts);
        System.out.println("dss: " + pairs.size() + " signatures, " + offered + " forgeries offered, " + failed + " failed");
        System.exit(failed == 0 && !pairs.isEmpty() ? 0 : 1);
    }

    static Reports validate(DSSDocument signature, DSSDocument content, CommonTrustedCertificateSource anchors) {
        // As it comes: no source of revocation data, no fetching of issuers.
        CertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.addTrustedCertSources(anchors);
        verifier.setAIASource(null);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(signature);
        validator.setCertificateVerifier(verifier);
        validator.setDetachedContents(List.of(content));
        if (!validator.getSignatures().isEmpty()) {
            validator.setValidationTime(validator.getSignatures().get(0).getSigningTime());
        }
        return validator.validateDocument();
    }

    /** What DSS holds against a signature; null when nothing but the missing revocation data. */
    static String fault(Reports reports) {
        SimpleReport report = reports.getSimpleReport();
        if (report.getSignaturesCount() != 1) {
            return report.getSignaturesCount() + " signatures in one file";
        }
        String id = report.getFirstSignatureId();
        DiagnosticData data = reports.getDiagnosticData();
        SignatureWrapper signature = data.getSignatureById(id);
        List<Message> errors = report.getAdESValidationErrors(id);
        boolean undetermined = report.getIndication(id) == Indication.INDETERMINATE
                && errors.stream().anyMatch(e -> e.getKey().equals(NO_REVOCATION_DATA))
                && errors.stream().allMatch(e -> e.getKey().equals(NO_REVOCATION_DATA) || e.getKey().equals(NOT_CONCLUSIVE));
        boolean held = signature.isSignatureIntact() && signature.isSignatureValid() && signature.isTrustedChain();
        boolean baseline = String.valueOf(report.getSignatureFormat(id)).startsWith("CAdES-BASELINE-");
        if (held && baseline && (undetermined || report.getIndication(id) == Indication.TOTAL_PASSED)) {
            return null;
        }
        String reasons = errors.stream().map(e -> e.getKey() + " " + e.getValue()).collect(Collectors.joining("; "));
        return verdict(report, id) + " " + report.getSignatureFormat(id) + ", intact " + signature.isSignatureIntact()
                + ", valid " + signature.isSignatureValid() + ", trusted " + signature.isTrustedChain() + ": " + reasons;
    }

    static String verdict(SimpleReport report, String id) {
        SubIndication why = report.getSubIndication(id);
        return report.getIndication(id) + (why == null ? "" : "/" + why);
    }
}
