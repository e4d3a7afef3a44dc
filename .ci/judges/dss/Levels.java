// Validates signatures raised to a level with the European Commission's DSS, in one JVM, under its default policy.
//
//     java -cp <class path of pom.xml> Levels.java ANCHORS…  < lines `LEVEL <tab> SIGNATURE <tab> CONTENT [<tab> CRL…]`
//
// Each must be one signature, TOTAL_PASSED, of exactly the format CAdES-BASELINE-LEVEL. Revocation data comes from the
// files named after the content, and from nowhere else: a level that claims to carry its own is given none.

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

public class Levels {
    public static void main(String[] args) throws Exception {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (String anchor : args) {
            DSSUtils.loadCertificateFromP7c(Files.newInputStream(Path.of(anchor))).forEach(anchors::addCertificate);
        }
        List<String[]> lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                .lines().map(line -> line.split("\t")).toList();
        int failed = 0;
        Map<String, Integer> verdicts = new TreeMap<>();
        for (String[] line : lines) {
            CommonCertificateVerifier verifier = new CommonCertificateVerifier();
            verifier.addTrustedCertSources(anchors);
            verifier.setAIASource(null);
            if (line.length > 3) {
                InputStream[] lists = new InputStream[line.length - 3];
                for (int i = 0; i < lists.length; i++) {
                    lists[i] = Files.newInputStream(Path.of(line[3 + i]));
                }
                verifier.setCrlSource(new ExternalResourcesCRLSource(lists));
            }
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(new File(line[1])));
            validator.setCertificateVerifier(verifier);
            validator.setDetachedContents(List.of(new FileDocument(new File(line[2]))));
            SimpleReport report = validator.validateDocument().getSimpleReport();
            String id = report.getFirstSignatureId();
            String wanted = "CAdES-BASELINE-" + line[0];
            String format = String.valueOf(report.getSignatureFormat(id));
            Indication verdict = report.getIndication(id);
            verdicts.merge(verdict + " " + format, 1, Integer::sum);
            if (report.getSignaturesCount() != 1 || verdict != Indication.TOTAL_PASSED || !format.equals(wanted)) {
                String why = report.getAdESValidationErrors(id).stream().map(Message::getValue).collect(Collectors.joining("; "));
                System.out.println(line[1] + ": " + verdict + "/" + report.getSubIndication(id) + " " + format + ", not " + wanted + ": " + why);
                failed++;
            }
        }
        System.out.println(verdicts);
        System.exit(failed == 0 && !lines.isEmpty() ? 0 : 1);
    }
}
